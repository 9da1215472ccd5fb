import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  LEGACY_METRIC_REDIS_POOL_ACQUIRE_TIME,
  LEGACY_METRIC_REDIS_POOL_AVAILABLE,
  LEGACY_METRIC_REDIS_POOL_PENDING,
  LEGACY_METRIC_REDIS_POOL_SIZE,
  LEGACY_SCOPE_NAME,
  METRIC_DB_CLIENT_CONNECTION_COUNT,
  METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
  METRIC_DB_CLIENT_CONNECTION_LIMIT,
  METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
  METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
  METRIC_DB_CLIENT_CONNECTION_USE_TIME,
  METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
} from '../../src/semconv';
import { runFixture } from '../support/fixture';
import { startRedis, type RedisServer } from '../support/servers';

const NODE_ARGS = ['--expose-gc', '--require', 'tsx/cjs'];

interface Point {
  readonly scope: string;
  readonly name: string;
  readonly unit: string;
  readonly type: string;
  readonly value?: number;
}

describe('pools in the metrics', () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis({});
  });
  after(() => server.stop());

  async function bothWays(temporality: string, semconv: string) {
    const args = [temporality, semconv, String(server.port)];
    const { stdout, stderr } = await runFixture(join(__dirname, 'both-ways.cjs'), { nodeArgs: NODE_ARGS, args });
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 2, stderr);
    const { told, produced } = JSON.parse(lines[0]!) as { told: Point[]; produced: Point[] };
    return { told, produced, after: JSON.parse(lines[1]!) as string[] };
  }

  for (const temporality of ['cumulative', 'delta']) {
    it(`instruments and producer tell the same (${temporality})`, async () => {
      const { told, produced, after } = await bothWays(temporality, 'dup');
      assert.equal(told.length, 12);
      assert.deepEqual(produced, told);
      // A pool that was drained is told of no more; what it counted stays.
      const left = after.filter((name) => name !== METRIC_DB_CLIENT_CONNECTION_TIMEOUTS);
      assert.deepEqual(left, []);
    });
  }

  it('older names take the place of those that they stand for', async () => {
    const { told } = await bothWays('cumulative', 'legacy');
    const shown = told.map(({ scope, name, unit, type, value }) => [
      scope === LEGACY_SCOPE_NAME,
      name,
      unit,
      type,
      value,
    ]);
    const count = (rows: unknown[][]): unknown[][] => rows.sort((one, other) => (String(one) < String(other) ? -1 : 1));
    assert.deepEqual(
      count(shown.map((row) => row.filter((cell) => cell !== undefined))),
      count([
        [true, LEGACY_METRIC_REDIS_POOL_SIZE, '{connection}', 'gauge', 1],
        [true, LEGACY_METRIC_REDIS_POOL_AVAILABLE, '{connection}', 'gauge', 0],
        [true, LEGACY_METRIC_REDIS_POOL_PENDING, '{request}', 'gauge', 1],
        [true, LEGACY_METRIC_REDIS_POOL_ACQUIRE_TIME, 'ms', 'histogram'],
        [false, METRIC_DB_CLIENT_CONNECTION_LIMIT, '{connection}', 'sum', 1],
        [false, METRIC_DB_CLIENT_CONNECTION_TIMEOUTS, '{timeout}', 'sum', 1],
        [false, METRIC_DB_CLIENT_CONNECTION_CREATE_TIME, 's', 'histogram'],
        [false, METRIC_DB_CLIENT_CONNECTION_USE_TIME, 's', 'histogram'],
      ]),
    );
  });

  it('stable names alone by default', async () => {
    const { told } = await bothWays('cumulative', 'stable');
    assert.deepEqual(
      [...new Set(told.map(({ name }) => name))].sort(),
      [
        METRIC_DB_CLIENT_CONNECTION_COUNT,
        METRIC_DB_CLIENT_CONNECTION_CREATE_TIME,
        METRIC_DB_CLIENT_CONNECTION_LIMIT,
        METRIC_DB_CLIENT_CONNECTION_PENDING_REQUESTS,
        METRIC_DB_CLIENT_CONNECTION_TIMEOUTS,
        METRIC_DB_CLIENT_CONNECTION_USE_TIME,
        METRIC_DB_CLIENT_CONNECTION_WAIT_TIME,
      ].sort(),
    );
  });

  it('a pool that nobody holds any more is not kept, and leaves them', async () => {
    const { stdout, stderr } = await runFixture(join(__dirname, 'collected.cjs'), { nodeArgs: NODE_ARGS });
    assert.ok(stdout, stderr);
    const { before, after } = JSON.parse(stdout) as { before: number; after: number };
    assert.equal(before, 40);
    assert.equal(after, 0);
  });
});
