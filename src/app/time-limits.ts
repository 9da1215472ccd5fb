import { AsyncResource } from 'node:async_hooks';
import { LONGEST_TIMER } from './durations';

/** What has a limited time. */
export interface Limited {
  /** Its time is over. */
  late(): void;
}

/** Timers belong to nobody: one of them must not hold the context of whoever came first. */
const nobody = new AsyncResource('CacheTimeLimit', { requireManualDestroy: true });

/**
 * A limit of so many milliseconds, for all that have it: they end in the order in which they began, so that one timer is enough. A
 * timer of its own for each costs more than to read a Map and to load at once.
 */
export class TimeLimit {
  private static readonly byLength = new Map<number, TimeLimit>();
  /** When the time of each is over, the next first. */
  private readonly ends = new Map<Limited, number>();
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
    this.ends.set(limited, performance.now() + this.milliseconds);
    if (this.timer === undefined) this.wait(this.milliseconds);
    else if (this.ends.size === 1) this.timer.ref();
  }

  end(limited: Limited): void {
    // Nothing is left to keep the process for. The timer stays, for there will be others.
    if (this.ends.delete(limited) && this.ends.size === 0) this.timer?.unref();
  }

  private wait(milliseconds: number): void {
    TimeLimit.byLength.set(this.milliseconds, this);
    const length = Math.min(Math.max(1, Math.ceil(milliseconds)), LONGEST_TIMER);
    this.timer = nobody.runInAsyncScope<undefined, NodeJS.Timeout>(setTimeout, undefined, () => this.passed(), length);
  }

  private passed(): void {
    this.timer = undefined;
    const now = performance.now();
    for (const [limited, end] of this.ends) {
      if (end > now) {
        this.wait(end - now);
        return;
      }
      this.ends.delete(limited);
      limited.late();
    }
    // What `late` called may have begun to wait.
    if (this.timer === undefined) TimeLimit.byLength.delete(this.milliseconds);
  }
}
