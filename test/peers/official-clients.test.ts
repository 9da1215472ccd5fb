import { deepEqual, equal } from 'node:assert/strict';
import {
  ATTR_CACHE_HIT,
  ATTR_CACHE_KEY_COUNT,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_TTL,
  ATTR_CACHE_VALUE_SIZE,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  SCOPE_NAME,
} from '../../src/semconv';
import { useCluster } from '../adapters/use-cluster';
import { useSentinel } from '../adapters/use-sentinel';
import { runAll } from '../preload/observed';
import { ROOT } from '../support/fixture';
import { installClient } from '../versions/installations';
import { type ClientReport, clientReport, clusterServers, sentinelServers, shape, type Span, sum } from './report';

const REDIS = '@opentelemetry/instrumentation-redis';
const MEMCACHED = '@opentelemetry/instrumentation-memcached';

const ORDERS = ['ours,theirs,client', 'theirs,ours,client', 'theirs,client,ours'];
/** The official instrumentations do not patch what was loaded before them. */
const LATE_ORDERS = ['ours,client,theirs', 'client,ours,theirs', 'client,theirs,ours'];
const REDIS_VERSIONS = ['4.0.0', '4.7.1', '5.0.0', '5.12.1', '6.3.1'];

/** Per command what an operation's duration is counted under. */
function durations({ metrics }: ClientReport): Record<string, number> {
  const points = metrics[METRIC_DB_CLIENT_OPERATION_DURATION] ?? [];
  return Object.fromEntries(points.map(({ value, attributes }) => [attributes['db.operation.name'], value]));
}

describe('beside the official instrumentation of redis', function () {
  this.timeout(120_000);
  let reports: Record<string, ClientReport>;

  before(async () => {
    const tasks: Record<string, () => Promise<ClientReport>> = {};
    for (const version of REDIS_VERSIONS) {
      const folder = await installClient('redis', version);
      const orders = version === '6.3.1' ? [...ORDERS, ...LATE_ORDERS] : ORDERS;
      for (const order of orders) tasks[`${version} ${order}`] = () => clientReport('redis', [order, folder]);
    }
    reports = await runAll(tasks);
  });

  for (const version of REDIS_VERSIONS) {
    for (const order of ORDERS) {
      describe(`redis ${version}, ${order}`, () => {
        const run = `${version} ${order}`;

        it('has one span per command, with what it did', () => {
          const { single, failure, error } = reports[run]!;
          deepEqual(shape(single), [
            [REDIS, 'redis-SET', undefined],
            [REDIS, 'redis-GET', true],
            [REDIS, 'redis-GET', false],
          ]);
          deepEqual(
            single.map(({ attributes }) => [
              attributes[ATTR_CACHE_KEY_PATTERN],
              attributes[ATTR_CACHE_TTL],
              attributes[ATTR_CACHE_VALUE_SIZE],
            ]),
            [
              ['user:*', 60, 3],
              ['user:*', undefined, 3],
              ['user:*', undefined, undefined],
            ],
          );
          deepEqual(shape(failure), [[REDIS, 'redis-INCR', undefined]]);
          equal(failure[0]!.status.code, 2);
          equal(error?.includes('not an integer'), true);
        });

        it('has a span per member of a pipeline or transaction, and none for the whole', () => {
          const members = [
            [REDIS, 'redis-GET', true],
            [REDIS, 'redis-GET', false],
          ];
          deepEqual(shape(reports[run]!.pipeline), members);
          deepEqual(shape(reports[run]!.transaction), members);
        });

        it('has one span, ours, of a script that is sent once more as the server does not know it', () => {
          const [span, ...others] = reports[run]!.resent;
          deepEqual([span!.scope, span!.name, span!.status.code, others], [SCOPE_NAME, 'EVALSHA user:*', 0, []]);
        });

        it("calls the user's hook, once each", () => {
          deepEqual(reports[run]!.hooked, ['response SET', 'response GET', 'response GET']);
        });

        it('counts everything once', () => {
          const one = reports[run]!;
          equal(sum(one, METRIC_CACHE_HITS), 3);
          equal(sum(one, METRIC_CACHE_MISSES), 3);
          equal(sum(one, METRIC_CACHE_OPERATIONS), 9);
          deepEqual(durations(one), {
            FLUSHDB: 1,
            SET: 1,
            GET: 2,
            INCR: 1,
            'PIPELINE GET': 1,
            'MULTI GET': 1,
            EVALSHA: 1,
          });
        });

        it('restores the client in either order, and works when enabled again', () => {
          // Version 4 has taken the official wrapper of its commands over when it was loaded: nobody gets rid of that.
          const isEarly = version.startsWith('4.');
          const left = isEarly ? 1 : 0;
          const ours = isEarly ? REDIS : SCOPE_NAME;
          deepEqual(reports[run]!.restored, [[REDIS], true, left, [true], [ours], true, left, [true]]);
        });
      });
    }
  }

  for (const order of LATE_ORDERS) {
    it(`${order}: has our spans where theirs comes too late`, () => {
      const { single, pipeline, transaction, restored } = reports[`6.3.1 ${order}`]!;
      deepEqual(shape(single), [
        [SCOPE_NAME, 'SET user:*', undefined],
        [SCOPE_NAME, 'GET user:*', true],
        [SCOPE_NAME, 'GET user:*', false],
      ]);
      deepEqual(shape(pipeline), [[SCOPE_NAME, 'PIPELINE GET user:*', undefined]]);
      deepEqual(shape(transaction), [[SCOPE_NAME, 'MULTI GET user:*', undefined]]);
      deepEqual(restored, [[], true, 0, [true], [SCOPE_NAME], true, 0, [true]]);
    });
  }
});

describe('beside the official instrumentation of redis, in a cluster', function () {
  this.timeout(120_000);
  const cluster = useCluster();

  /** Their clusters send their commands each in its own way. */
  const versions = ['4.0.0', '5.0.0', '6.3.1'];
  const isConnect = ({ name }: Span): boolean => name === 'redis-connect';

  for (const version of versions) {
    for (const order of ORDERS) {
      it(`redis ${version}, ${order}: has one span per command, ours, however often it is sent`, async () => {
        const [isEarly, splits] = [version.startsWith('4.'), version.startsWith('6.')];
        const folder = await installClient('redis', version);
        const options = [order, folder, 'cluster', isEarly ? 'early' : '', splits ? 'splits' : ''];
        const one = await clientReport('redis', options, clusterServers(cluster));
        const { single, failure, resent, pipeline, transaction } = one;
        const spans = [...single, ...failure, ...resent, ...pipeline];
        const commands = spans.filter((span) => !isConnect(span));
        deepEqual(
          commands.map(({ scope, name, attributes, status }) => [scope, name, attributes[ATTR_CACHE_HIT], status.code]),
          [
            [SCOPE_NAME, 'SET user:*', undefined, 0],
            [SCOPE_NAME, 'GET user:*', true, 0],
            [SCOPE_NAME, 'GET user:*', false, 0],
            [SCOPE_NAME, 'INCR user:*', undefined, 2],
            [SCOPE_NAME, 'GET moved:*', false, 0],
            ...(splits ? [[SCOPE_NAME, 'MGET user:*', undefined, 0]] : []),
          ],
        );
        // Each member of a transaction has one, as without a cluster.
        const member = [REDIS, 'redis-GET', false];
        deepEqual(shape(transaction), isEarly ? [] : [member, member]);
        // Connecting to a node that has not been asked before is no part of the command.
        equal(single.some(isConnect), !isEarly);
        const counts = {
          SET: 1,
          GET: 3,
          INCR: 1,
          ...(isEarly ? {} : { 'MULTI GET': 1 }),
          ...(splits ? { MGET: 1 } : {}),
        };
        deepEqual(durations(one), counts);
        const misses = 2 + (isEarly ? 0 : 2) + (splits ? 2 : 0);
        deepEqual([sum(one, METRIC_CACHE_HITS), sum(one, METRIC_CACHE_MISSES)], [splits ? 2 : 1, misses]);
      });
    }
  }

  it('has theirs, with what a command did, where we make no spans', async () => {
    const one = await clientReport(
      'redis',
      ['ours,theirs,client', ROOT, 'cluster', 'spanless'],
      clusterServers(cluster),
    );
    deepEqual(shape(one.single.filter((span) => !isConnect(span))), [
      [REDIS, 'redis-SET', undefined],
      [REDIS, 'redis-GET', true],
      [REDIS, 'redis-GET', false],
    ]);
  });
});

describe('beside the official instrumentation of redis, with Sentinel', function () {
  this.timeout(60_000);
  const sentinel = useSentinel();
  beforeEach(() => sentinel.master.call('FLUSHALL'));

  for (const order of ORDERS) {
    it(`${order}: has one span per command, ours`, async () => {
      const one = await clientReport('redis', [order, ROOT, 'sentinel'], sentinelServers(sentinel));
      deepEqual(shape([...one.single, ...one.failure]), [
        [SCOPE_NAME, 'SET user:*', undefined],
        [SCOPE_NAME, 'GET user:*', true],
        [SCOPE_NAME, 'GET user:*', false],
        [SCOPE_NAME, 'INCR user:*', undefined],
      ]);
      // The official instrumentation does not know the batches of Sentinel.
      deepEqual(shape([...one.pipeline, ...one.transaction]), [
        [SCOPE_NAME, 'PIPELINE GET user:*', undefined],
        [SCOPE_NAME, 'MULTI GET user:*', undefined],
      ]);
      deepEqual(durations(one), { SET: 1, GET: 2, INCR: 1, 'PIPELINE GET': 1, 'MULTI GET': 1 });
    });
  }
});

describe('cacheHooks() with RedisInstrumentation', function () {
  this.timeout(60_000);
  let reports: Record<string, ClientReport>;
  const runs = ['4.7.1', '4.7.1 throwing', '6.3.1', '6.3.1 throwing', '6.3.1 both'];

  before(async () => {
    const early = await installClient('redis', '4.7.1');
    reports = await runAll({
      '4.7.1': () => clientReport('redis', ['theirs,client', early, 'hooks']),
      '4.7.1 throwing': () => clientReport('redis', ['theirs,client', early, 'hooks', 'throwing']),
      '6.3.1': () => clientReport('redis', ['theirs,client', ROOT, 'hooks']),
      '6.3.1 throwing': () => clientReport('redis', ['theirs,client', ROOT, 'hooks', 'throwing']),
      '6.3.1 both': () => clientReport('redis', ['ours,theirs,client', ROOT, 'hooks']),
      unsampled: () => clientReport('redis', ['theirs,client', ROOT, 'hooks', 'unsampled']),
    });
  });

  for (const run of runs) {
    it(`puts what a command did on the official span (${run})`, () => {
      const { single, pipeline, transaction, hooked } = reports[run]!;
      deepEqual(shape(single), [
        [REDIS, 'redis-SET', undefined],
        [REDIS, 'redis-GET', true],
        [REDIS, 'redis-GET', false],
      ]);
      const [set, hit] = single;
      deepEqual([set!.attributes[ATTR_CACHE_TTL], set!.attributes[ATTR_CACHE_VALUE_SIZE]], [60, 3]);
      deepEqual([hit!.attributes[ATTR_CACHE_KEY_PATTERN], hit!.attributes[ATTR_CACHE_VALUE_SIZE]], ['user:*', 3]);
      const members = [
        [REDIS, 'redis-GET', true],
        [REDIS, 'redis-GET', false],
      ];
      deepEqual([shape(pipeline), shape(transaction)], [members, members]);
      deepEqual(hooked, ['response SET', 'response GET', 'response GET']);
    });
  }

  it('feeds the metrics where no instrumentation of ours does, but for what failed', () => {
    for (const run of ['4.7.1', '4.7.1 throwing', '6.3.1', '6.3.1 throwing', 'unsampled']) {
      const one = reports[run]!;
      deepEqual([sum(one, METRIC_CACHE_HITS), sum(one, METRIC_CACHE_MISSES)], [3, 3]);
      equal(sum(one, METRIC_CACHE_OPERATIONS), 8);
      // When an unsampled command began is not to be learnt.
      // Of a script that the server does not know, only EVAL succeeds; from version 5 on theirs sees both commands.
      const script = run.startsWith('6') ? { EVAL: 1 } : {};
      deepEqual(durations(one), run === 'unsampled' ? {} : { FLUSHDB: 1, SET: 1, GET: 6, ...script });
    }
  });

  it('counts nothing twice where ours is enabled too', () => {
    const { '6.3.1 both': both } = reports;
    deepEqual([sum(both!, METRIC_CACHE_HITS), sum(both!, METRIC_CACHE_MISSES)], [3, 3]);
    equal(sum(both!, METRIC_CACHE_OPERATIONS), 9);
  });
});

describe('beside the official instrumentation of memcached', function () {
  this.timeout(60_000);
  let reports: Record<string, ClientReport>;

  before(async () => {
    const all = [...ORDERS, ...LATE_ORDERS].map(
      (order) => [order, () => clientReport('memcached', [order, ROOT])] as const,
    );
    const several = ORDERS.map(
      (order) => [`several ${order}`, () => clientReport('memcached', [order, ROOT, 'several'])] as const,
    );
    reports = await runAll(Object.fromEntries([...all, ...several]));
  });

  for (const order of ORDERS) {
    describe(order, () => {
      it('has one span per command, with what it did', () => {
        const { single, failure, error } = reports[order]!;
        deepEqual(shape(single), [
          [MEMCACHED, 'memcached set', undefined],
          [MEMCACHED, 'memcached get', true],
          [MEMCACHED, 'memcached get', false],
        ]);
        const [set, hit] = single;
        deepEqual([set!.attributes[ATTR_CACHE_TTL], set!.attributes[ATTR_CACHE_VALUE_SIZE]], [60, 3]);
        deepEqual([hit!.attributes[ATTR_CACHE_KEY_PATTERN], hit!.attributes[ATTR_CACHE_VALUE_SIZE]], ['user:*', 3]);
        deepEqual(shape(failure), [[MEMCACHED, 'memcached incr', undefined]]);
        equal(failure[0]!.status.code, 2);
        equal(error?.includes('non-numeric'), true);
      });

      it('has a span for several keys of one server', () => {
        const { pipeline } = reports[order]!;
        deepEqual(shape(pipeline), [[MEMCACHED, 'memcached get', undefined]]);
        equal(pipeline[0]!.attributes[ATTR_CACHE_KEY_COUNT], 2);
      });

      it("calls back in the caller's context", () => {
        deepEqual(reports[order]!.lost, []);
      });

      it('counts everything once', () => {
        const one = reports[order]!;
        equal(sum(one, METRIC_CACHE_HITS), 2);
        equal(sum(one, METRIC_CACHE_MISSES), 2);
        equal(sum(one, METRIC_CACHE_OPERATIONS), 6);
        deepEqual(durations(one), { FLUSH_ALL: 1, SET: 1, GET: 3, INCR: 1 });
      });

      it('restores the client in either order, and works when enabled again', () => {
        deepEqual(reports[order]!.restored, [[MEMCACHED], true, 0, [true], [SCOPE_NAME], true, 0, [true]]);
      });
    });
  }

  for (const order of ORDERS) {
    it(`has one span, ours, for what goes to several servers (${order})`, () => {
      const several = reports[`several ${order}`]!;
      deepEqual(shape(several.pipeline), [[SCOPE_NAME, 'GET user:*', undefined]]);
      equal(several.pipeline[0]!.attributes[ATTR_CACHE_KEY_COUNT], 60);
      deepEqual(
        several.resent.map(({ scope, attributes }) => [scope, attributes['db.operation.name']]),
        [[SCOPE_NAME, 'FLUSH_ALL']],
      );
      equal(durations(several)['GET'], 3);
      deepEqual([sum(several, METRIC_CACHE_HITS), sum(several, METRIC_CACHE_MISSES)], [2, 60]);
      deepEqual([several.lost, several.single.length], [[], 3]);
      deepEqual(several.restored, [[MEMCACHED], true, 0, [true], [SCOPE_NAME], true, 0, [true]]);
    });

    it(`ends the span of a command that the client never calls back for (${order})`, () => {
      const [span] = reports[order]!.broken;
      deepEqual([span!.scope, span!.name, span!.status.code], [MEMCACHED, 'memcached get', 2]);
      equal(reports[order]!.broken.length, 1);
      equal(span!.attributes[ATTR_CACHE_KEY_PATTERN], 'broken:*');
    });
  }

  for (const order of LATE_ORDERS) {
    it(`${order}: has our spans where theirs comes too late`, () => {
      const { single, pipeline, restored } = reports[order]!;
      deepEqual(shape(single), [
        [SCOPE_NAME, 'SET user:*', undefined],
        [SCOPE_NAME, 'GET user:*', true],
        [SCOPE_NAME, 'GET user:*', false],
      ]);
      deepEqual(
        pipeline.map(({ scope, attributes }) => [scope, attributes[ATTR_CACHE_KEY_COUNT], attributes[ATTR_CACHE_HIT]]),
        [[SCOPE_NAME, 2, undefined]],
      );
      deepEqual(restored, [[], true, 0, [true], [SCOPE_NAME], true, 0, [true]]);
    });
  }
});
