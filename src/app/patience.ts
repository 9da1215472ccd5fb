import { CacheTimeoutError } from './errors';
import { type Awaitable, isPromise } from './stores/store';
import { Limited, TimeLimit } from './time-limits';

/** How long a store that did not answer is not asked again, in milliseconds. */
const REST = 1000;

/** Asks a store that may hang, as clients do that wait for a connection. */
export class Patience {
  private restsUntil = 0;

  constructor(private readonly milliseconds: number) {}

  /** @throws what the call throws; CacheTimeoutError when it takes too long, and for a second after that */
  ask<T>(call: () => Awaitable<T>): Awaitable<T> {
    if (this.restsUntil > 0) this.mayAsk();
    const answer = call();
    const limit = isPromise(answer) ? TimeLimit.of(this.milliseconds) : undefined;
    return limit === undefined ? answer : this.within(limit, answer as Promise<T>);
  }

  private within<T>(limit: TimeLimit, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = new Answering(() => {
        this.restsUntil = Date.now() + REST;
        reject(this.timeout());
      });
      limit.begin(waiting);
      answer.then(
        (value) => {
          limit.end(waiting);
          resolve(value);
        },
        (error: unknown) => {
          limit.end(waiting);
          reject(error);
        },
      );
    });
  }

  private mayAsk(): void {
    if (Date.now() < this.restsUntil) throw this.timeout();
    this.restsUntil = 0;
  }

  private timeout(): CacheTimeoutError {
    return new CacheTimeoutError(`the store did not answer within ${this.milliseconds} ms`);
  }
}

/** A store that is asked. */
class Answering extends Limited {
  constructor(override readonly late: () => void) {
    super();
  }
}
