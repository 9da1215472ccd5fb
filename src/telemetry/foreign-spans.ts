import type { Span } from '@opentelemetry/api';
import type { Operation } from './operation';

/** Settles what we know of a command with its reply, and tells the operation that came of it. */
export type Answer = (reply: unknown) => Operation | undefined;

/**
 * The commands of which another instrumentation has made a span, known by the array of their arguments: it is the one thing that the
 * hooks of the official instrumentations and our adapters have in common. Such a command gets no second span; what we
 * learn of it goes on the first.
 */
class ForeignSpans {
  /** Whether anybody may make such spans; usually nobody does, and then this must cost nothing. */
  private enabled = false;
  private readonly spans = new WeakMap<object, Span>();
  private readonly answers = new WeakMap<object, Answer>();

  /** From now on other instrumentations may tell of their spans. */
  enable(): void {
    this.enabled = true;
  }

  /** Another instrumentation has made a span of the command with these arguments. */
  add(args: object, span: Span): void {
    this.spans.set(args, span);
  }

  has(args: object): boolean {
    return this.enabled && this.spans.has(args);
  }

  /** We observe the command with these arguments. */
  expect(args: object, answer: Answer): void {
    if (this.enabled) this.answers.set(args, answer);
  }

  answerOf(args: object): Answer | undefined {
    return this.answers.get(args);
  }
}

export const foreignSpans = new ForeignSpans();
