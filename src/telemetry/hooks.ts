import { diag, type Span } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';

/**
 * Calls the user's hooks: what they throw or reject with goes to the diagnostics (the first time) and no further, and what they are
 * given is a copy, so that they cannot change what the application sends or gets.
 */
export class HookRunner {
  private failures = 0;

  run<Info>(name: string, hook: ((span: Span, info: Info) => unknown) | undefined, span: Span, info: () => Info): void {
    if (hook === undefined) return;
    try {
      const result = hook(span, info());
      if (isThenable(result))
        result.then(undefined, (error: unknown) => {
          this.failed(name, error);
        });
    } catch (error) {
      this.failed(name, error);
    }
  }

  private failed(name: string, error: unknown): void {
    if (this.failures++ === 0) diag.error(`${SCOPE_NAME}: ${name} failed; later failures are not reported`, error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

/** A copy of arguments or of a reply that shares nothing mutable with it, as far as clients make such values. */
export function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (value instanceof Uint8Array) return value.slice();
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [copyOf(key), copyOf(item)]));
  if (value instanceof Set) return new Set([...value].map(copyOf));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}
