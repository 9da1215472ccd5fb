import { AsyncResource } from 'node:async_hooks';
import { LONGEST_TIMER } from './durations';

/** What has a limited time, as a link of the list of all that have the same. */
export abstract class Limited {
  /** @internal */
  before: Limited | undefined = undefined;
  /** @internal */
  after: Limited | undefined = undefined;
  /** @internal When its time is over; 0: it has no limit now. */
  endsAt = 0;

  /** Its time is over. */
  abstract late(): void;
}

/** Timers belong to nobody: one of them must not hold the context of whoever came first. */
const nobody = new AsyncResource('CacheTimeLimit', { requireManualDestroy: true });

/**
 * A limit of so many milliseconds, for all that have it: they end in the order in which they began, so that one timer is enough. A
 * timer of its own for each costs more than to read a Map and to load at once.
 */
export class TimeLimit {
  private static readonly byLength = new Map<number, TimeLimit>();
  /** The next to end, and the last. A list: in a Map, or a Set, to begin and to end takes 150 ns more. */
  private first: Limited | undefined;
  private last: Limited | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly milliseconds: number) {}

  /** @returns undefined for `Infinity` */
  static of(milliseconds: number): TimeLimit | undefined {
    if (milliseconds === Infinity) return undefined;
    let limit = TimeLimit.byLength.get(milliseconds);
    if (limit === undefined) TimeLimit.byLength.set(milliseconds, (limit = new TimeLimit(milliseconds)));
    return limit;
  }

  begin(limited: Limited): void {
    limited.endsAt = performance.now() + this.milliseconds;
    const { last } = this;
    limited.before = last;
    this.last = limited;
    if (last !== undefined) {
      last.after = limited;
      return;
    }
    this.first = limited;
    if (this.timer === undefined) this.wait(this.milliseconds);
    else this.timer.ref();
  }

  end(limited: Limited): void {
    // Nothing is left to keep the process for. The timer stays, for there will be others.
    if (this.remove(limited) && this.first === undefined) this.timer?.unref();
  }

  private remove(limited: Limited): boolean {
    if (limited.endsAt === 0) return false;
    const { before, after } = limited;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    limited.before = limited.after = undefined;
    limited.endsAt = 0;
    return true;
  }

  private wait(milliseconds: number): void {
    TimeLimit.byLength.set(this.milliseconds, this);
    const length = Math.min(Math.max(1, Math.ceil(milliseconds)), LONGEST_TIMER);
    this.timer = nobody.runInAsyncScope<undefined, NodeJS.Timeout>(setTimeout, undefined, () => this.passed(), length);
  }

  private passed(): void {
    this.timer = undefined;
    const now = performance.now();
    for (let next = this.first; next !== undefined; next = this.first) {
      if (next.endsAt > now) {
        // What `late` called may have begun to wait.
        if (this.timer === undefined) this.wait(next.endsAt - now);
        return;
      }
      this.remove(next);
      next.late();
    }
    if (this.timer === undefined) TimeLimit.byLength.delete(this.milliseconds);
  }
}
