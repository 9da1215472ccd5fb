import { deepEqual, equal } from 'node:assert/strict';
import {
  ATTR_CACHE_HIT,
  ATTR_CACHE_KEY_PATTERN,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  SCOPE_NAME,
} from '../../src/semconv';
import { type Observed, observe, ourSpans, runAll, total } from '../preload/observed';
import { type FixtureOptions, ROOT } from '../support/fixture';
import { install } from '../support/installs';
import { startRedis } from '../support/servers';
import { OFFICIAL, type Report, report, shape, sum } from './report';

const ORDERS = ['ours,theirs,ioredis', 'theirs,ours,ioredis', 'theirs,ioredis,ours'];
/** The official instrumentation does not patch what was loaded before it. */
const LATE_ORDERS = ['ours,ioredis,theirs', 'ioredis,ours,theirs', 'ioredis,theirs,ours'];
const OLD_VERSIONS = ['0.41.0', '0.47.1'];
const OLD_ORDERS = ['ours,theirs,ioredis', 'theirs,ioredis,ours'];

describe('beside the official instrumentation', function () {
  this.timeout(120_000);
  let reports: Record<string, Report>;
  let automatic: Record<'before' | 'after', Observed>;

  async function runAutomatic({ nodeArgs, env }: Pick<FixtureOptions, 'nodeArgs' | 'env'>): Promise<Observed> {
    const redis = await startRedis({});
    const ioredisOnly = { REDIS_URL: redis.url, OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'ioredis' };
    try {
      return await observe('preload-traced.js', { nodeArgs: nodeArgs ?? [], env: { ...ioredisOnly, ...env } });
    } finally {
      await redis.stop();
    }
  }

  before(async () => {
    const oldFolders = OLD_VERSIONS.map(
      (version) => [version, install(`official-${version}`, { [OFFICIAL]: version })] as const,
    );
    const auto = install('auto-instrumentations', { '@opentelemetry/auto-instrumentations-node': '0.81.2' });
    const theirPreload = `${auto}/node_modules/@opentelemetry/auto-instrumentations-node/build/src/register.js`;
    const current = [...ORDERS, ...LATE_ORDERS].map((order) => [order, () => report(order, ROOT)] as const);
    const old = oldFolders.flatMap(([version, folder]) =>
      OLD_ORDERS.map((order) => [`${version} ${order}`, () => report(order, folder)] as const),
    );
    reports = await runAll(Object.fromEntries([...current, ...old]));
    automatic = await runAll({
      // Node loads what the variable names before what the command line names.
      before: () => runAutomatic({ env: { NODE_OPTIONS: `--require ${theirPreload}` } }),
      after: () => runAutomatic({ nodeArgs: ['--require', theirPreload] }),
    });
  });

  const runs = [...ORDERS, ...OLD_VERSIONS.flatMap((version) => OLD_ORDERS.map((order) => `${version} ${order}`))];
  for (const run of runs) {
    describe(run, () => {
      it('has one span per command, with hit or miss', () => {
        const { single, failure } = reports[run]!;
        deepEqual(shape(single), [
          [OFFICIAL, 'set', undefined],
          [OFFICIAL, 'get', true],
          [OFFICIAL, 'get', false],
        ]);
        deepEqual(
          single.map(({ attributes }) => attributes[ATTR_CACHE_KEY_PATTERN]),
          ['user:*', 'user:*', 'user:*'],
        );
        deepEqual(shape(failure), [[OFFICIAL, 'incr', undefined]]);
        equal(failure[0]!.status.code, 2);
      });

      it('has a span per member of a pipeline or transaction, and none for the whole', () => {
        const { pipeline, transaction } = reports[run]!;
        deepEqual(shape(pipeline), [
          [OFFICIAL, 'get', true],
          [OFFICIAL, 'get', false],
        ]);
        deepEqual(
          transaction.map(({ scope, name }) => [scope, name]),
          ['multi', 'get', 'get', 'exec'].map((name) => [OFFICIAL, name]),
        );
      });

      it("calls the user's hooks, once each", () => {
        deepEqual(
          reports[run]!.hooked,
          ['set', 'get', 'get'].flatMap((name) => [`request ${name}`, `response ${name}`]),
        );
      });

      it('counts everything once', () => {
        const one = reports[run]!;
        equal(sum(one, METRIC_CACHE_HITS), 3);
        equal(sum(one, METRIC_CACHE_MISSES), 3);
        equal(sum(one, METRIC_CACHE_OPERATIONS), 9);
        const ours = one.metrics[METRIC_DB_CLIENT_OPERATION_DURATION]!.filter(
          ({ attributes }) => attributes['db.system.name'] === 'redis',
        );
        equal(
          ours.reduce((all, { value }) => all + value, 0),
          7,
        );
      });

      it('restores the client in either order, and works when enabled again', () => {
        deepEqual(reports[run]!.restored, [[OFFICIAL], true, [true], [SCOPE_NAME], true, [true]]);
      });
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
      deepEqual(shape(pipeline), [[SCOPE_NAME, 'PIPELINE GET user:*', undefined]]);
      deepEqual(restored, [[], true, [true], [SCOPE_NAME], true, [true]]);
    });
  }

  for (const order of ['before', 'after'] as const) {
    it(`joins auto-instrumentations-node, whose preload comes ${order} ours`, () => {
      const { code, stderr, received } = automatic[order];
      deepEqual([code, stderr], [0, '']);
      const theirs = received.spans().filter(({ scope }) => scope.name === OFFICIAL);
      deepEqual(
        theirs.filter(({ name }) => name === 'get').map(({ attributes }) => attributes[ATTR_CACHE_HIT]),
        [false, true],
      );
      deepEqual(ourSpans(received), []);
      equal(total(received, METRIC_CACHE_HITS), 1);
      equal(total(received, METRIC_CACHE_MISSES), 1);
    });
  }
});
