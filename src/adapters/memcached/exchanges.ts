import type { Reply } from '../../memcached/reply';
import { type Answer, isDone, isError } from '../../memcached/text';
import { callInContext } from '../../telemetry/callers-context';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Callback, Query, Socket } from './library';
import type { Share } from './scatters';
import { unheardAnswer } from './unheard';

/** What hears of a query's answer. */
const EXCHANGE = Symbol('opentelemetry-instrumentation-cache.exchange');

/** Marks values that were bytes: the client writes them as text, each byte as a character, and most take two on the wire. */
const BYTES = '4';

export function bytesOf(flags: string, size: number, text: string): number {
  return flags === BYTES ? text.length - escapes(text) : size;
}

/** How many backslashes the client has put before line breaks. */
function escapes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at + 1)) {
    if (text[at + 1] === '\r' || text[at + 1] === '\n') count++;
  }
  return count;
}

type ObservedQuery = Query & { [EXCHANGE]?: Exchange };

export function exchangeOf(query: Query): Exchange | undefined {
  return (query as ObservedQuery)[EXCHANGE];
}

/** The only error that the client tells as a text: more commands are open than `maxQueueSize`. */
class QueueLimitExceeded extends Error {}

function isText(error: unknown): error is string {
  return typeof error === 'string';
}

/** One query to one server, and its answer: an operation, or a share of one that goes to several servers. */
export class Exchange {
  /** Undefined: the server has not answered. */
  answer: Answer | undefined = undefined;
  private settled = false;
  /** Another instrumentation makes a span of it, in whose context it began. */
  private readonly isForeign: boolean;
  private heard: Callback | undefined;

  constructor(
    readonly operation: Operation,
    private readonly query: Query,
    private readonly telemetry: Telemetry,
    private readonly share: Share | undefined,
  ) {
    (query as ObservedQuery)[EXCHANGE] = this;
    this.isForeign = foreignSpans.claim(operation.args);
    this.hear();
  }

  private hear(): void {
    const { operation, isForeign, query } = this;
    const { callback } = query;
    // The client does not send what it can't answer.
    if (callback === undefined) return;
    const settle = (error: unknown, value: unknown): void => this.settle(error, value);
    query.callback = this.heard = function (this: unknown, error, value) {
      settle(error, value);
      // The other instrumentation has bound the callback to the context of its caller.
      if (isForeign) return Reflect.apply(callback, this, arguments) as unknown;
      return callInContext(operation.context, callback, this, arguments);
    };
  }

  /** The query is ready: where another instrumentation has put its callback around ours, it would end its span before we know. */
  hearFirst(): void {
    if (this.isForeign && this.query.callback !== this.heard) this.hear();
  }

  /** It waits for a connection. */
  waits(): void {
    this.operation.waits();
  }

  sent(socket: Pick<Socket, 'serverAddress'>): void {
    this.operation.sent(socket);
  }

  /**
   * The client calls back, or never will.
   * @param error set with NOT_STORED too; not set with SERVER_ERROR
   */
  settle(error: unknown, value: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.answer ??= this.telemetry.attempt(() => unheardAnswer(this.query, error, value));
    const { answer } = this;
    if (answer !== undefined && isError(answer)) this.fail(new Error(answer.message), answer.status);
    else if (answer !== undefined && !isDone(answer)) this.succeed({ done: false, bytes: 0, value });
    else if (error !== undefined) this.fail(isText(error) ? new QueueLimitExceeded(error) : error, undefined);
    else if (answer !== undefined) this.succeed({ done: true, bytes: this.bytes(answer), value });
  }

  /** The client never will call back. */
  lose(error: Error): void {
    if (this.settled) return;
    // Whatever has come, the client has not got at it.
    this.answer = undefined;
    this.settle(error, undefined);
    if (this.isForeign) foreignSpans.end(this.operation, error);
  }

  private bytes({ bytes }: Answer): number {
    const { value, command } = this.query;
    if (typeof value !== 'string') return bytes;
    const [, , flags = ''] = command.split(' ', 3);
    return bytesOf(flags, Buffer.byteLength(value), value);
  }

  private succeed(reply: Reply): void {
    if (this.share === undefined) this.telemetry.succeed(this.operation, reply);
    else this.share.succeed(reply.value, this.answer);
    this.describe();
  }

  private fail(error: unknown, statusCode: string | undefined): void {
    if (this.share === undefined) this.telemetry.fail(this.operation, error, statusCode);
    else this.share.fail(error, statusCode);
    this.describe();
  }

  /** Another instrumentation makes a span of each share: none of them tells of the whole. */
  private describe(): void {
    if (this.isForeign && this.share?.isSplit !== true) foreignSpans.describe(this.operation);
  }
}
