import { HERD_WINDOW } from '../telemetry/detail/key-memory';
import { HERD_SIZE, LARGE_VALUE } from '../telemetry/detail/pattern-detail';
import { MANY_LOOKUPS } from '../telemetry/detail/single-lookups';
import type { Trouble } from './model';

/** With fewer lookups a rate says little: of 100 with a true rate of 60 % one in fifty falls below 50 %. */
export const LEAST_LOOKUPS = 100;

/** Below this a lookup costs a round trip more often than it saves the work behind it. */
export const LOW_HIT_RATE = 0.5;

/** So few can be what is rare on purpose: a backup, an export. */
export const LEAST_LARGE_VALUES = 10;

/** From this share on the large ones are not the exception: with one in twenty every request of some lookups meets one. */
export const LARGE_VALUE_SHARE = 0.05;

/** Fewer operations say more of the start, when connections are made and code is cold. */
export const LEAST_OPERATIONS = 100;

/** Seconds that half of the commands take. In one zone it is below 1 ms, between zones 2 ms: 5 ms is another region, or a busy server. */
export const SLOW_MEDIAN = 0.005;

/** From this share of the time on that the event loop is busy, what waits for it waits three times as long: latencies tell of the process. */
export const BUSY_LOOP = 0.7;

/** Fewer writes can be fixtures of the process: its configuration, a lock. */
export const LEAST_WRITES_WITHOUT_TTL = 20;

/** From this share on it is no slip in a rare path. */
export const WITHOUT_TTL_SHARE = 0.1;

/** Half of the values that live this long, in seconds, are as good as without expiry: nobody will see them go. */
export const ENDLESS_TTL = 30 * 86_400;

/** Fewer expiries are too few to tell what the rule is. */
export const LEAST_WRITES_WITH_TTL = 20;

/** Once or twice may be a batch job; what every request does shows soon. */
export const LEAST_PARENTS = 5;

/** Fewer may be waiting for their readers still. */
export const LEAST_WRITES = 100;

/** Lookups per write below which nobody reads what is written. */
export const READS_PER_WRITE = 0.01;

const share = (part: number): string => `${Math.round(100 * part)} %`;

/** A trouble as the README's table has it. */
export interface TroubleDescription {
  readonly title: string;
  /** The figure that makes it a finding. */
  readonly trigger: string;
  /** A workload that nearly has it. */
  readonly nearly: string;
}

export const TROUBLES: Readonly<Record<Trouble, TroubleDescription>> = {
  'low-hit-rate': {
    title: 'Low hit rate',
    trigger: `fewer than ${share(LOW_HIT_RATE)} of at least ${LEAST_LOOKUPS} lookups of a pattern hit`,
    nearly: 'every second lookup of 200 hits; 99 lookups and no hit',
  },
  'thundering-herd': {
    title: 'Thundering herd',
    trigger: `one key was missed ${HERD_SIZE} times within ${HERD_WINDOW / 1000} s, without a write in between`,
    nearly: 'nine callers at once; ten misses with a write after the fifth',
  },
  'large-values': {
    title: 'Values too large',
    trigger: `at least ${share(LARGE_VALUE_SHARE)} of a pattern's values, and at least ${LEAST_LARGE_VALUES} of them, are above ${LARGE_VALUE / 1024} KiB`,
    nearly: '200 values of exactly 64 KiB; nine of 200 above it',
  },
  'slow-cache': {
    title: 'Slow or far cache',
    trigger: `half of at least ${LEAST_OPERATIONS} commands take more than ${1000 * SLOW_MEDIAN} ms, while the event loop is busy less than ${share(BUSY_LOOP)} of the time`,
    nearly: 'a server that is 2 ms away; a busy process that reads 500 keys at once',
  },
  'no-expiry': {
    title: 'Stale or immortal data',
    trigger: `at least ${share(WITHOUT_TTL_SHARE)} of a pattern's writes, and at least ${LEAST_WRITES_WITHOUT_TTL} of them, have no TTL; or half of at least ${LEAST_WRITES_WITH_TTL} TTLs are ${ENDLESS_TTL / 86_400} days or more`,
    nearly: '19 of 100 writes without TTL; a TTL of 29 days',
  },
  'many-single-lookups': {
    title: 'Many single lookups',
    trigger: `${MANY_LOOKUPS} lookups of one key and one pattern below one parent span, below at least ${LEAST_PARENTS} parents`,
    nearly: 'nine lookups below each of 50 parents; 100 below each of four',
  },
  'never-read': {
    title: 'Written, never read',
    trigger: `at least ${LEAST_WRITES} writes of a pattern, and fewer than one lookup per ${Math.round(1 / READS_PER_WRITE)} writes`,
    nearly: '200 writes and two lookups; 99 writes and none',
  },
};
