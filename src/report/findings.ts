import { HERD_WINDOW } from '../telemetry/detail/key-memory';
import { HERD_SIZE, LARGE_VALUE } from '../telemetry/detail/pattern-detail';
import { MANY_LOOKUPS } from '../telemetry/detail/single-lookups';
import { bytes, count, duration, milliseconds, percent } from './figures';
import type { CacheSummary, Finding, PatternSummary } from './model';
import {
  BUSY_LOOP,
  ENDLESS_TTL,
  LARGE_VALUE_SHARE,
  LEAST_LARGE_VALUES,
  LEAST_LOOKUPS,
  LEAST_OPERATIONS,
  LEAST_PARENTS,
  LEAST_WRITES,
  LEAST_WRITES_WITH_TTL,
  LEAST_WRITES_WITHOUT_TTL,
  LOW_HIT_RATE,
  READS_PER_WRITE,
  SLOW_MEDIAN,
  TROUBLES,
  WITHOUT_TTL_SHARE,
} from './troubles';

/** A finding before it is known whose it is. */
type Judged = Omit<Finding, 'cache' | 'pattern' | 'title'> | undefined;

const OF_A_PATTERN: readonly ((pattern: PatternSummary, cache: CacheSummary) => Judged)[] = [
  lowHitRate,
  thunderingHerd,
  largeValues,
  noExpiry,
  manySingleLookups,
  neverRead,
];

/** All that is wrong, as far as the figures tell: what concerns most operations first. */
export function findTroubles(caches: readonly CacheSummary[], eventLoopUtilization: number): readonly Finding[] {
  const findings: Finding[] = [];
  for (const cache of caches) {
    const add = (judged: Judged, pattern: string | undefined): void => {
      if (judged !== undefined)
        findings.push({ ...judged, title: TROUBLES[judged.trouble].title, cache: cache.name, pattern });
    };
    add(slowCache(cache, eventLoopUtilization), undefined);
    for (const pattern of cache.patterns) for (const judge of OF_A_PATTERN) add(judge(pattern, cache), pattern.pattern);
  }
  return findings.sort((one, other) => other.affected - one.affected);
}

function lowHitRate(pattern: PatternSummary, { systems }: CacheSummary): Judged {
  const { hitRate, lookups, misses } = pattern;
  if (hitRate === undefined || lookups < LEAST_LOOKUPS || hitRate >= LOW_HIT_RATE) return undefined;
  const { cause, advice } = causeOfMisses(pattern);
  const cost = systems.length === 0 ? '' : 'a round trip for nothing, and then ';
  return {
    trouble: 'low-hit-rate',
    affected: misses,
    figure: `${percent(hitRate)} of ${count(lookups)} lookups hit${cause}.`,
    why: `Each miss costs ${cost}the work that the cache was meant to save.`,
    advice,
  };
}

/** What most of the misses have in common says what to do about them. */
function causeOfMisses({ misses, repeatedMisses, expiredMisses, writes, timeline }: PatternSummary) {
  // The others were counted before the details were recorded, or by a cache in this process, of which there are none.
  const detailed = timeline.reduce((sum, slot) => sum + slot.misses, 0);
  if (expiredMisses > 0 && expiredMisses >= detailed / 2) {
    return {
      cause: `; ${percent(expiredMisses / detailed)} of the misses are of keys whose TTL had run out`,
      advice: 'Let values live longer, and delete them when their source changes; or serve stale while revalidating.',
    };
  }
  if (repeatedMisses >= misses / 2) {
    return {
      cause: `; ${percent(repeatedMisses / misses)} of the misses repeat one of the same key, which was not written since`,
      advice: 'Remember for a short time what does not exist, and look whether what is loaded is written to the cache.',
    };
  }
  if (detailed < misses / 2) {
    return {
      cause: '',
      advice:
        'Look whether what was loaded is written under the key that is looked up, whether the cache has room for it, and whether keys are asked for again.',
    };
  }
  if (writes < detailed / 2) {
    return {
      cause: `; for ${count(detailed)} misses there were ${count(writes)} writes by this process`,
      advice: 'Write what was loaded to the cache, under the same key that is looked up.',
    };
  }
  return {
    cause: '; most keys are asked for once',
    advice:
      'Look for parts of the key that differ needlessly (order, case, time, user); if there are none, do not cache this.',
  };
}

function thunderingHerd({ largestHerd, herds, herdMisses }: PatternSummary): Judged {
  if (largestHerd < HERD_SIZE) return undefined;
  const times = herds === 1 ? 'once' : `${count(herds)} times`;
  return {
    trouble: 'thundering-herd',
    affected: herdMisses,
    figure:
      `One key was missed ${count(largestHerd)} times within ${HERD_WINDOW / 1000} s, with no write in between; ` +
      `${HERD_SIZE} or more misses came together ${times}.`,
    why: 'All of them load the same value at the same time: the source gets its peak load when a popular key expires.',
    advice: 'Let one caller load while the others wait (single flight), refresh before expiry, spread TTLs (jitter).',
  };
}

function largeValues({ largeValues: large, valueSize }: PatternSummary): Judged {
  if (valueSize === undefined || large < LEAST_LARGE_VALUES) return undefined;
  if (large < LARGE_VALUE_SHARE * valueSize.count) return undefined;
  return {
    trouble: 'large-values',
    affected: large,
    figure:
      `${percent(large / valueSize.count)} of ${count(valueSize.count)} values are above ${LARGE_VALUE / 1024} KiB; ` +
      `the median is ${bytes(valueSize.p50)}, the largest ${bytes(valueSize.max)}.`,
    why: 'They fill the memory, push out others, and hold up every command behind them while they are sent.',
    advice: 'Cache the fields that are read, split or compress the value, or keep it elsewhere.',
  };
}

function slowCache({ latency, systems }: CacheSummary, eventLoopUtilization: number): Judged {
  if (latency === undefined || systems.length === 0 || latency.count < LEAST_OPERATIONS) return undefined;
  if (latency.p50 <= SLOW_MEDIAN || eventLoopUtilization >= BUSY_LOOP) return undefined;
  return {
    trouble: 'slow-cache',
    affected: latency.count,
    figure:
      `Half of ${count(latency.count)} commands take ${milliseconds(latency.p50)} ms or more, one in a hundred ` +
      `${milliseconds(latency.p99)} ms or more; the fastest took ${milliseconds(latency.min)} ms.`,
    why: 'A cache that is far away, or busy, is hardly faster than what it stands in front of.',
    advice:
      'Bring it into the same zone, look for slow commands (SLOWLOG), ask for several keys at once, keep the hottest in the process.',
  };
}

function noExpiry({ writes, immortalWrites, ttl }: PatternSummary): Judged {
  const why = 'An old value is served for as long as it lives, and the memory fills until the server evicts something.';
  if (immortalWrites >= LEAST_WRITES_WITHOUT_TTL && immortalWrites >= WITHOUT_TTL_SHARE * writes) {
    return {
      trouble: 'no-expiry',
      affected: immortalWrites,
      figure: `${count(immortalWrites)} of ${count(writes)} writes have no TTL (${percent(immortalWrites / writes)}).`,
      why,
      advice: 'Give each write a TTL: as long as an old value may be served. A command without one removes it (SET).',
    };
  }
  if (ttl === undefined || ttl.count < LEAST_WRITES_WITH_TTL || ttl.p50 < ENDLESS_TTL) return undefined;
  return {
    trouble: 'no-expiry',
    affected: ttl.count,
    figure: `Half of ${count(ttl.count)} writes have a TTL of ${duration(ttl.p50)} or more.`,
    why,
    advice: 'Take the TTL from how long an old value may be served; look whether its unit is right.',
  };
}

function manySingleLookups({ singleLookups }: PatternSummary): Judged {
  if (singleLookups === undefined || singleLookups.parentsWithMany < LEAST_PARENTS) return undefined;
  const { parentsWithMany, parents, lookupsOfMany, most } = singleLookups;
  return {
    trouble: 'many-single-lookups',
    affected: lookupsOfMany,
    figure:
      `Below ${count(parentsWithMany)} of ${count(parents)} parent spans there are ${MANY_LOOKUPS} or more lookups ` +
      `of one key each, up to ${count(most)}.`,
    why: 'Each is a round trip, or at least a command of its own, where one would do for all of them.',
    advice: 'Ask for all keys at once (MGET, getMulti), or send them as a pipeline.',
  };
}

function neverRead({ writes, lookups }: PatternSummary): Judged {
  if (writes < LEAST_WRITES || lookups >= READS_PER_WRITE * writes) return undefined;
  const asked =
    lookups === 0 ? 'none was looked up' : `only ${count(lookups)} ${lookups === 1 ? 'was' : 'were'} looked up`;
  return {
    trouble: 'never-read',
    affected: writes,
    figure: `${count(writes)} values were written, and ${asked}.`,
    why: 'The writes take time and the values take memory, and this process gains nothing from them.',
    advice: 'Unless another process reads them: write when somebody asks (cache-aside), or not at all.',
  };
}
