import type { Reply } from '../../memcached/reply';
import type { Answer } from '../../memcached/text';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Query } from './library';

/** What the client splits among its servers: one operation, which ends with the last of its exchanges. */
export class Scatter {
  operation: Operation | undefined = undefined;
  private readonly keys: string[] = [];
  private readonly found = new Map<string, number>();
  private readonly values: unknown[] = [];
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

  /** One more exchange begins. */
  add(query: Query): Share {
    const share = new Share(this, query);
    this.open++;
    this.shares++;
    for (const key of share.keys) this.keys.push(key);
    return share;
  }

  foundOne(key: string, bytes: number): void {
    this.found.set(key, bytes);
  }

  succeed(value: unknown): void {
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
    const { operation, telemetry, failure, found, values: value } = this;
    if (operation === undefined || !this.complete || this.open > 0) return;
    if (failure !== undefined) telemetry.fail(operation, failure.error, failure.statusCode);
    else telemetry.succeed(operation, { done: found.size > 0, bytes: 0, found, value } satisfies Reply);
  }
}

/** What one server is asked for. */
export class Share {
  /** As they are asked for. */
  readonly keys: readonly string[];
  private readonly command: string;

  constructor(
    private readonly scatter: Scatter,
    private readonly query: Query,
  ) {
    this.command = query.command;
    this.keys = sharedKeys(query);
  }

  get isSplit(): boolean {
    return this.scatter.isSplit;
  }

  succeed(value: unknown, answer: Answer | undefined): void {
    if (answer !== undefined) this.find(answer);
    this.scatter.succeed(value);
  }

  fail(error: unknown, statusCode: string | undefined): void {
    this.scatter.fail(error, statusCode);
  }

  private find({ keys, sizes }: Answer): void {
    const sent = this.query.command === this.command ? undefined : sharedKeys(this.query);
    keys.forEach((key, index) => {
      this.scatter.foundOne(sent === undefined ? key : (this.keys[sent.indexOf(key)] ?? key), sizes[index]!);
    });
  }
}

/** `key` has the keys of all servers; `command` those of one, the longest as digests once the client has checked them. */
function sharedKeys({ multi, command }: Query): readonly string[] {
  return multi === true ? command.split(' ').slice(1) : [];
}
