import { deepEqual, equal, ok } from 'node:assert/strict';
import { ENVIRONMENT_PREFIX, OPTIONS } from '../../src/config';
import {
  ATTR_CACHE_KEY,
  ATTR_CACHE_KEY_PATTERN,
  ATTR_CACHE_NAME,
  LEGACY_METRIC_CACHE_LATENCY,
  METRIC_CACHE_HITS,
  METRIC_CACHE_MISSES,
  METRIC_CACHE_OPERATIONS,
  METRIC_DB_CLIENT_OPERATION_DURATION,
  SCOPE_NAME,
} from '../../src/semconv';
import { type RedisServer, startRedis } from '../support/servers';
import { type Observed, observe, ourSpans, runAll, total } from './observed';

interface Effect {
  readonly value: string;
  readonly shows: (observed: Observed) => void;
  /** A value that is not accepted. */
  readonly bad?: string;
}

const ALL = ['SET user:*', 'GET user:*', 'GET order:*:lines', 'INCR user:*'];

function patterns({ received }: Observed): string[] {
  const rows = received.metrics().filter(({ name }) => name === METRIC_CACHE_MISSES || name === METRIC_CACHE_HITS);
  return [...new Set(rows.map(({ attributes }) => String(attributes[ATTR_CACHE_KEY_PATTERN])))].sort();
}

function names({ received }: Observed): string[] {
  return ourSpans(received).map(({ name }) => name);
}

/** By the variable's name, less the prefix: a value, and what an application with it shows. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  ENABLED: {
    value: 'false',
    bad: 'yes',
    shows: ({ received }) => {
      deepEqual([received.spans(), received.metrics()], [[], []]);
    },
  },
  CLIENTS: {
    value: '-ioredis',
    bad: 'mongodb',
    shows: (observed) => {
      deepEqual(names(observed), []);
      equal(total(observed.received, METRIC_CACHE_OPERATIONS), 0);
      ok(observed.received.spans().some(({ name }) => name === 'request'));
    },
  },
  SPANS: {
    value: 'errors,misses',
    bad: 'some',
    shows: (observed) => {
      deepEqual(names(observed), ['GET order:*:lines', 'INCR user:*']);
      equal(total(observed.received, METRIC_CACHE_OPERATIONS), 5);
    },
  },
  REQUIRE_PARENT_SPAN: {
    value: 'false',
    bad: '1',
    shows: (observed) => {
      deepEqual(names(observed), [...ALL, 'GET user:*']);
      equal(ourSpans(observed.received).at(-1)!.parentSpanId, undefined);
    },
  },
  IGNORE_COMMANDS: {
    value: 'incr,SET',
    shows: (observed) => {
      deepEqual(names(observed).slice(0, 2), ['GET user:*', 'GET order:*:lines']);
      equal(names(observed).at(-1)!.startsWith('PING'), true);
      equal(total(observed.received, METRIC_CACHE_OPERATIONS), 3);
    },
  },
  CACHE_PREFIXES: {
    value: 'order:,basket:',
    shows: (observed) => {
      deepEqual(patterns(observed), ['order:*:lines']);
      deepEqual([total(observed.received, METRIC_CACHE_HITS), total(observed.received, METRIC_CACHE_MISSES)], [0, 1]);
    },
  },
  KEYS: {
    value: 'full',
    bad: 'hashed',
    shows: ({ received }) => {
      deepEqual(
        ourSpans(received).map(({ attributes }) => attributes[ATTR_CACHE_KEY]),
        [['user:1'], ['user:1'], ['order:77:lines'], ['user:1']],
      );
    },
  },
  KEY_PATTERNS: {
    value: 'order:*',
    shows: (observed) => deepEqual(names(observed), ['SET user:*', 'GET user:*', 'GET order:*', 'INCR user:*']),
  },
  MAX_KEY_PATTERNS: {
    value: '1',
    bad: '0',
    shows: (observed) => deepEqual(patterns(observed), ['other', 'user:*']),
  },
  SEMCONV: {
    value: 'legacy',
    bad: 'old',
    shows: (observed) => {
      deepEqual(names(observed), ['redis SET', 'redis GET', 'redis GET', 'redis INCR']);
      ok(total(observed.received, LEGACY_METRIC_CACHE_LATENCY) > 0);
    },
  },
  CACHE_NAMES: {
    value: '%address%=catalogue',
    bad: 'catalogue',
    shows: ({ received }) => {
      const cacheNames = ourSpans(received).map(({ attributes }) => attributes[ATTR_CACHE_NAME]);
      deepEqual([...new Set(cacheNames)], ['catalogue']);
    },
  },
  DIAGNOSE: {
    value: 'true',
    bad: 'maybe',
    shows: ({ stderr }) => ok(stderr.includes('diagnosis (exit)')),
  },
};

describe('environment variables', function () {
  this.timeout(120_000);
  let redis: RedisServer;
  let runs: Record<string, Observed>;

  function run(variables: Record<string, string>): Promise<Observed> {
    const entries = Object.entries(variables).map(([name, value]) => [
      ENVIRONMENT_PREFIX + name,
      value.replace('%address%', `${redis.host}:${redis.port}`),
    ]);
    return observe('preload-operations.js', { env: { REDIS_URL: redis.url, ...Object.fromEntries(entries) } });
  }

  before(async () => {
    redis = await startRedis();
    const tasks = Object.entries(EFFECTS).map(([name, { value }]) => [name, () => run({ [name]: value })] as const);
    const bad = Object.entries(EFFECTS).flatMap(([name, { bad }]) => (bad === undefined ? [] : [[name, bad] as const]));
    runs = await runAll<string, Observed>({
      ...Object.fromEntries(tasks),
      none: () => run({}),
      slow: () => run({ SPANS: 'slow', SLOW_MS: '60000' }),
      fast: () => run({ SPANS: 'slow', SLOW_MS: '0' }),
      bad: () => run(Object.fromEntries(bad)),
    });
  });

  after(() => redis.stop());

  it('are not needed', () => {
    const { code, stderr, ...observed } = runs['none']!;
    deepEqual([code, stderr], [0, '']);
    deepEqual(names({ code, stderr, ...observed }), ALL);
    deepEqual(patterns({ code, stderr, ...observed }), ['order:*:lines', 'user:*']);
    equal(total(observed.received, METRIC_DB_CLIENT_OPERATION_DURATION), 5);
  });

  for (const [name, { value, shows }] of Object.entries(EFFECTS)) {
    it(`${name}=${value}`, () => {
      equal(runs[name]!.code, 0);
      shows(runs[name]!);
    });
  }

  it('SLOW_MS says what is slow', () => {
    deepEqual([names(runs['slow']!), names(runs['fast']!)], [[], ALL]);
  });

  it('each bad value gives one line that says what is accepted, and the default holds', () => {
    const lines = runs['bad']!.stderr.trim().split('\n');
    const expected = Object.entries(EFFECTS).flatMap(([name, { bad }]) => (bad === undefined ? [] : [[name, bad]]));
    equal(lines.length, expected.length);
    for (const [name, bad] of expected) {
      const accepted = Object.values(OPTIONS).find(({ variable }) => variable === name)?.accepts;
      const start = `${SCOPE_NAME}: ${ENVIRONMENT_PREFIX}${name} is '${bad}', which is not accepted: it takes `;
      const line = lines.find((one) => one.startsWith(start + (accepted ?? '')));
      ok(line, `a line for ${name} in\n${lines.join('\n')}`);
    }
    deepEqual(names(runs['bad']!), ALL);
  });
});
