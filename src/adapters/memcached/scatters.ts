import type { Reply } from '../../memcached/reply';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';

/** What the client splits among its servers: one operation, which ends with the last of its exchanges. */
export class Scatter {
  operation: Operation | undefined = undefined;
  private readonly keys: string[] = [];
  private readonly found = new Set<string>();
  private readonly values: unknown[] = [];
  private bytes = 0;
  private open = 0;
  private shares = 0;
  /** All exchanges have begun. */
  private complete = false;
  private failure: { readonly error: unknown; readonly statusCode: string | undefined } | undefined = undefined;

  constructor(private readonly telemetry: Telemetry) {}

  /** The arguments of the whole; they grow with each exchange that is added. */
  get args(): readonly string[] {
    return this.keys;
  }

  /** It went to more than one server. */
  get isSplit(): boolean {
    return this.shares > 1;
  }

  /** One more exchange begins, for these keys. */
  add(keys: readonly string[]): void {
    this.open++;
    this.shares++;
    for (const key of keys) this.keys.push(key);
  }

  succeed({ bytes, value }: Reply, found: readonly string[]): void {
    for (const key of found) this.found.add(key);
    this.bytes += bytes;
    this.values.push(value);
    this.closeOne();
  }

  fail(error: unknown, statusCode: string | undefined): void {
    this.failure ??= { error, statusCode };
    this.closeOne();
  }

  private closeOne(): void {
    this.open--;
    this.settleIfOver();
  }

  completed(): void {
    this.complete = true;
    this.settleIfOver();
  }

  private settleIfOver(): void {
    const { operation, telemetry, failure, found, bytes, values: value } = this;
    if (operation === undefined || !this.complete || this.open > 0) return;
    if (failure !== undefined) telemetry.fail(operation, failure.error, failure.statusCode);
    else telemetry.succeed(operation, { done: found.size > 0, bytes, found, value } satisfies Reply);
  }
}
