import { deepEqual, equal } from 'node:assert/strict';
import {
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_OPERATION,
  ATTR_CACHE_TTL,
  ATTR_CACHE_VALUE_SIZE,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_CACHE_VALUE_SIZE,
  METRIC_DB_CLIENT_OPERATION_DURATION,
} from '../../src/semconv';
import { runAll } from '../preload/observed';
import { ROOT } from '../support/fixture';
import { OFFICIAL, type Report, report, shape, sum } from './report';

/** What the application's hooks hear of a set, a get that hits and one that misses. */
const HOOKED = ['set', 'get', 'get'].flatMap((name) => [`request ${name}`, `response ${name}`]);

describe('cacheHooks()', () => {
  let reports: Record<'alone' | 'throwing' | 'both', Report>;

  before(async () => {
    reports = await runAll({
      alone: () => report('theirs,ioredis', ROOT, 'hooks'),
      throwing: () => report('theirs,ioredis', ROOT, 'hooks', 'throwing'),
      both: () => report('ours,theirs,ioredis', ROOT, 'hooks'),
    });
  });

  for (const run of ['alone', 'throwing', 'both'] as const) {
    it(`puts what a command did on the official span (${run})`, () => {
      const [set, hit, miss] = reports[run].single;
      deepEqual(shape([set!, hit!, miss!]), [
        [OFFICIAL, 'set', undefined],
        [OFFICIAL, 'get', true],
        [OFFICIAL, 'get', false],
      ]);
      deepEqual([set!.attributes[ATTR_CACHE_TTL], set!.attributes[ATTR_CACHE_VALUE_SIZE]], [60, 3]);
      deepEqual([hit!.attributes[ATTR_CACHE_VALUE_SIZE], miss!.attributes[ATTR_CACHE_VALUE_SIZE]], [3, undefined]);
      for (const { attributes } of [hit!, miss!]) {
        deepEqual([attributes[ATTR_CACHE_OPERATION], attributes[ATTR_CACHE_KEY_PATTERN]], ['get', 'user:*']);
      }
      deepEqual(shape(reports[run].pipeline), [
        [OFFICIAL, 'get', true],
        [OFFICIAL, 'get', false],
      ]);
    });

    it(`calls the user's own hooks, once each (${run})`, () => {
      deepEqual(reports[run].hooked, HOOKED);
    });

    it(`takes QUEUED for no hit (${run})`, () => {
      const members = reports[run].transaction.filter(({ name }) => name === 'get');
      deepEqual(shape(members), [
        [OFFICIAL, 'get', undefined],
        [OFFICIAL, 'get', undefined],
      ]);
    });
  }

  it('feeds the metrics where no instrumentation of ours does', () => {
    for (const one of [reports.alone, reports.throwing]) {
      equal(sum(one, METRIC_CACHE_OPERATIONS), 5);
      equal(sum(one, METRIC_CACHE_HITS), 2);
      equal(sum(one, METRIC_CACHE_MISSES), 2);
      equal(sum(one, METRIC_CACHE_VALUE_SIZE), 3);
    }
  });

  it('counts nothing twice where ours is enabled too', () => {
    equal(sum(reports.both, METRIC_CACHE_OPERATIONS), 9);
    equal(sum(reports.both, METRIC_CACHE_HITS), 3);
    equal(sum(reports.both, METRIC_CACHE_MISSES), 3);
    // A transaction is one operation, as is a pipeline.
    equal(sum(reports.both, METRIC_DB_CLIENT_OPERATION_DURATION), 7);
  });
});
