import { type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Operation } from './operation';
import { cacheAttributes } from './span-attributes';

/** Settles what we know of a command with its reply, and tells the operation that came of it. */
export type Answer = (reply: unknown) => Operation | undefined;

/** What the SDK's spans tell of themselves; before 2.0 the scope was called the library. */
interface SdkSpan {
  readonly name?: string;
  readonly instrumentationScope?: { readonly name: string };
  readonly instrumentationLibrary?: { readonly name: string };
}

/** The official instrumentation of redis makes a span of connecting too; what happens meanwhile is none of it. */
const CONNECT = 'redis-connect';

/**
 * The commands of which another instrumentation has made a span, known by the array of their arguments. Such a command gets no
 * second span; what we learn of it goes on the first.
 *
 * Some instrumentations have hooks for the beginning and the end of a command, which are given that array ({@link add},
 * {@link expect}). Others make their span the active one while the client is called ({@link claim}).
 */
class ForeignSpans {
  /** Whether anybody may make such spans; usually nobody does, and then this must cost nothing. */
  private enabled = false;
  /** The instrumentations whose spans are active while the client is called. */
  private readonly scopes = new Set<string>();
  private readonly spans = new WeakMap<object, Span>();
  /** Each span is that of one command: others in its context are no part of it. */
  private readonly owners = new WeakMap<Span, object>();
  private readonly answers = new WeakMap<object, Answer>();

  /**
   * From now on other instrumentations may tell of their spans.
   * @param scope an instrumentation whose spans are to be recognised where they are active
   */
  enable(scope?: string): void {
    this.enabled = true;
    if (scope !== undefined) this.scopes.add(scope);
  }

  /** Whether the spans of this instrumentation are recognised where they are active. */
  recognizes(scope: string): boolean {
    return this.scopes.has(scope);
  }

  /** Another instrumentation has made a span of the command with these arguments. */
  add(args: object, span: Span): void {
    this.spans.set(args, span);
  }

  has(args: object): boolean {
    return this.enabled && this.spans.has(args);
  }

  /**
   * The client is being called with these arguments: if the active span is another instrumentation's, it is the command's.
   * @returns whether it is
   */
  claim(args: object): boolean {
    return this.scopes.size > 0 && this.claimActive(args);
  }

  private claimActive(args: object): boolean {
    const span = activeSpan();
    if (span === undefined || !this.isCommand(span)) return false;
    const owner = this.owners.get(span);
    if (owner !== undefined) return owner === args;
    this.owners.set(span, args);
    this.spans.set(args, span);
    return true;
  }

  private isCommand(span: Span): boolean {
    const { name, instrumentationScope, instrumentationLibrary } = span as SdkSpan;
    const scope = instrumentationScope ?? instrumentationLibrary;
    return scope !== undefined && this.scopes.has(scope.name) && name !== CONNECT;
  }

  /**
   * An operation has settled: what it did goes on the span of the command, if that is another instrumentation's.
   * @param args of the command, where the operation has others
   */
  describe(operation: Operation, args: object = operation.args): void {
    if (this.scopes.size > 0) this.describeSpan(operation, args);
  }

  private describeSpan(operation: Operation, args: object): void {
    const span = this.spans.get(args);
    if (span?.isRecording() === true) span.setAttributes(cacheAttributes(operation));
  }

  /** An operation has failed of which the client will never tell: the other instrumentation would not end its span. */
  end(operation: Operation, error: Error): void {
    const span = this.spans.get(operation.args);
    if (span?.isRecording() !== true) return;
    span.recordException(error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    span.end();
  }

  /** Whether it makes sense to tell of commands; where not, an {@link Answer} had better not be made. */
  get isEnabled(): boolean {
    return this.enabled;
  }

  /** We observe the command with these arguments. */
  expect(args: object, answer: Answer): void {
    if (this.enabled) this.answers.set(args, answer);
  }

  answerOf(args: object): Answer | undefined {
    return this.answers.get(args);
  }
}

/** A context manager of the application's may fail; who calls the client must not hear of it. */
function activeSpan(): Span | undefined {
  try {
    return trace.getActiveSpan();
  } catch {
    return undefined;
  }
}

export const foreignSpans = new ForeignSpans();
