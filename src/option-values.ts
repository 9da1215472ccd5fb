import { constants } from 'node:os';

/** What the options accept. Each function gives the value, or undefined when it is not accepted. */

/** Which operations become spans. */
export interface SpanPolicy {
  /** Every operation, without a look at the rest. */
  readonly all: boolean;
  /** No operation at all. */
  readonly none: boolean;
  readonly errors: boolean;
  readonly slow: boolean;
  readonly misses: boolean;
}

const NO_SELECTOR = { all: false, none: false, errors: false, slow: false, misses: false };
export const ALL_SPANS: SpanPolicy = Object.freeze({ ...NO_SELECTOR, all: true });
const NO_SPANS: SpanPolicy = Object.freeze({ ...NO_SELECTOR, none: true });

export function parseBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

export function parseNumber(least: number, whole: boolean): (value: unknown) => number | undefined {
  return (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number) || number < least) return undefined;
    return whole && !Number.isInteger(number) ? undefined : number;
  };
}

export function parseList(value: unknown): readonly string[] | undefined {
  const parts: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return undefined;
  return Object.freeze(parts.filter((part) => part !== ''));
}

export function parseOneOf<T extends string>(...accepted: readonly T[]): (value: unknown) => T | undefined {
  return (value) => accepted.find((one) => one === value);
}

export function parseSpans(value: unknown): SpanPolicy | undefined {
  const selected = parseList(value);
  if (selected === undefined || selected.length === 0) return undefined;
  if (selected.length === 1 && selected[0] === 'all') return ALL_SPANS;
  if (selected.length === 1 && selected[0] === 'none') return NO_SPANS;
  const policy = { ...NO_SELECTOR };
  for (const one of selected) {
    if (one !== 'errors' && one !== 'slow' && one !== 'misses') return undefined;
    policy[one] = true;
  }
  return Object.freeze(policy);
}

/** Upper-case names of commands. */
export function parseCommands(value: unknown): ReadonlySet<string> | undefined {
  const names = parseList(value);
  return names && new Set(names.map((name) => name.toUpperCase()));
}

/** `host:port=name` pairs, or an object of them. */
export function parseCacheNames(value: unknown): ReadonlyMap<string, string> | undefined {
  const entries = isPlainObject(value) ? Object.entries(value) : parseList(value)?.map((pair) => pair.split('='));
  if (entries === undefined) return undefined;
  const names = new Map<string, string>();
  for (const [address, name, ...more] of entries) {
    if (typeof address !== 'string' || typeof name !== 'string' || more.length > 0) return undefined;
    if (address.trim() === '' || name.trim() === '') return undefined;
    names.set(address.trim(), name.trim());
  }
  return names;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function parseReport(value: unknown): readonly string[] | undefined {
  const destinations = parseList(value);
  if (destinations === undefined || destinations.length === 0) return undefined;
  return destinations.every((one) => /^stderr$|.\.(json|html)$/.test(one)) ? destinations : undefined;
}

/** Those that end a process, or that Node or the system keep for themselves, are no wish for a report. */
const RESERVED_SIGNALS = [
  'SIGKILL',
  'SIGSTOP',
  'SIGTERM',
  'SIGINT',
  'SIGSEGV',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGPROF',
];

export function parseSignal(value: unknown): NodeJS.Signals | undefined {
  if (typeof value !== 'string' || !Object.hasOwn(constants.signals, value) || RESERVED_SIGNALS.includes(value))
    return undefined;
  return value as NodeJS.Signals;
}

export function parseHook(value: unknown): ((...args: unknown[]) => void) | undefined {
  return typeof value === 'function' ? (value as (...args: unknown[]) => void) : undefined;
}
