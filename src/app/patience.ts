import { LONGEST_TIMER } from './durations';
import { CacheTimeoutError } from './errors';
import { type Awaitable, isPromise } from './stores/store';

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
    if (!isPromise(answer) || this.milliseconds === Infinity) return answer;
    return within(answer, this.milliseconds, () => {
      this.restsUntil = Date.now() + REST;
      return this.timeout();
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

/** @throws what `late` makes, where a promise takes longer */
export function within<T>(promise: PromiseLike<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(late());
      },
      Math.min(milliseconds, LONGEST_TIMER),
    );
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
