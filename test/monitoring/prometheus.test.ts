import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { METRIC_NAMES, prometheusName, ROUTES, seriesNames, type Route } from '../../monitoring/names';
import { PER_DURATION, PER_POOL } from '../../monitoring/series';
import { METRIC_CACHE_OPERATIONS } from '../../src/semconv';
import { end, until } from '../support/children';
import { ROOT, startFixture, type RunningFixture } from '../support/fixture';
import { freePort, LOOPBACK } from '../support/redis-server';
import { startMemcached, startRedis, type MemcachedServer, type RedisServer } from '../support/servers';
import type { CheckedDashboard } from './dashboard-shape';
import { startPrometheus, type PrometheusServer } from './prometheus-server';

const DEMO = join(ROOT, 'examples/demo');
const LISTENING = /listening on (\S+)\n/;
/** How many searches are under way at once. */
const SEARCHERS = 25;

const read = (path: string): string => readFileSync(join(ROOT, 'monitoring', path), 'utf8');

/** The rules as they are, but that an alert fires as soon as its condition holds. */
function impatient(rules: string): string {
  const { groups } = parse(rules) as { groups: { rules: { for?: string }[] }[] };
  for (const group of groups) for (const rule of group.rules) delete rule.for;
  return stringify({ groups });
}

/** There is no Collector to be had here: its names are put in place of the exporter's while Prometheus scrapes. */
function renaming(route: Route): object[] {
  return METRIC_NAMES.flatMap((name) => {
    const wanted = seriesNames(name, route);
    return seriesNames(name, 'js-exporter').map((series, index) => ({
      source_labels: ['__name__'],
      regex: series,
      target_label: '__name__',
      replacement: wanted[index],
    }));
  });
}

/** What Grafana puts in place of its variables when everything is selected. */
function filledIn(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('$__range', '1m')
    .replaceAll(/"\$(service|cache|pattern)"/g, '".*"');
}

interface Service {
  readonly name: string;
  readonly process: RunningFixture;
  readonly metrics: string;
}

async function startService(name: string, file: string, env: Record<string, string>): Promise<Service> {
  const port = await freePort();
  const exporter = { OTEL_EXPORTER_PROMETHEUS_HOST: LOOPBACK, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
  const otel = { OTEL_SERVICE_NAME: name, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'prometheus' };
  const process = startFixture(file, {
    preload: 'require',
    env: { ...otel, ...exporter, ...env },
    timeoutMs: 300_000,
  });
  return { name, process, metrics: `${LOOPBACK}:${port}` };
}

describe('a real Prometheus', function () {
  this.timeout(120_000);
  const stops: (() => Promise<unknown>)[] = [];
  const servers = new Map<Route, PrometheusServer>();
  let shop = '';

  async function startServices(redis: RedisServer, memcached: MemcachedServer): Promise<Service[]> {
    const database = startFixture(join(DEMO, 'database.js'), { timeoutMs: 300_000 });
    stops.push(() => end(database.child));
    const [, DATABASE_URL = ''] = await database.printed(LISTENING);
    const env = {
      DATABASE_URL,
      REDIS_URL: redis.url,
      SESSIONS_URL: `${redis.url}/1`,
      MEMCACHED_URL: memcached.location,
    };
    const services = await Promise.all([
      startService('shop', join(DEMO, 'service.js'), { ...env, REDIS_PREFIX: '', MEMCACHED_PREFIX: '' }),
      startService('pooled', 'monitored-app.js', { REDIS_URL: redis.url }),
      startService('leveled', 'app-level-app.js', { REDIS_URL: `${redis.url}/2` }),
    ]);
    for (const { process } of services) stops.push(() => end(process.child));
    [, shop = ''] = await services[0]!.process.printed(LISTENING);
    await Promise.all(services.slice(1).map(({ process }) => process.printed(/working/)));
    return services;
  }

  before(async () => {
    const [redis, memcached] = await Promise.all([startRedis({}), startMemcached([])]);
    stops.push(
      () => redis.stop(),
      () => memcached.stop(),
    );
    const services = await startServices(redis, memcached);
    for (const route of ROUTES) {
      const scrapes = services.map(({ name, metrics }) => ({
        job_name: name,
        static_configs: [{ targets: [metrics] }],
        metric_relabel_configs: renaming(route),
      }));
      const server = await startPrometheus(impatient(read(`prometheus/cache.${route}.rules.yml`)), scrapes);
      servers.set(route, server);
      stops.push(() => server.stop());
    }
  });

  after(() => Promise.all(stops.reverse().map((stop) => stop())));

  const request = async (path: string, init?: RequestInit): Promise<{ session?: string }> => {
    return (await (await fetch(shop + path, init)).json()) as { session?: string };
  };

  /** What makes a bad key: nobody searches for the same words twice. */
  async function search(round: number): Promise<void> {
    const { session } = await request('/login/alice', { method: 'POST' });
    const headers = { cookie: `session=${session}` };
    await Promise.all(
      Array.from({ length: SEARCHERS }, (_, index) => request(`/search/words-${round}-${index}`, { headers })),
    );
    // What is asked for again and again, and what does not exist.
    for (const path of ['/products/1', '/products/1', '/products?ids=1,2,3', '/users/alice/cart', '/products/404']) {
      await request(path, { headers });
    }
  }

  it('scrapes the demo, and fires for the key pattern that is not worth caching, by either names', async () => {
    let round = 0;
    const fired = async (): Promise<boolean> => {
      await search(round++);
      const alerts = await Promise.all(ROUTES.map((route) => servers.get(route)!.alerts()));
      return alerts.every((all) => all.some(({ labels }) => labels['alertname'] === 'CacheKeyPatternHitRateLow'));
    };
    await until(fired, 'the alert fires', 60_000);
    for (const route of ROUTES) {
      const alerts = await servers.get(route)!.alerts();
      const [alert, ...others] = alerts.filter(({ labels }) => labels['alertname'] === 'CacheKeyPatternHitRateLow');
      assert.deepEqual(others, []);
      assert.equal(alert!.state, 'firing');
      assert.match(
        alert!.annotations['summary']!,
        /^search:\* in product-cache of shop is found in [\d.]+% of the lookups$/,
      );
    }
  });

  it('fires for the pool that is too small, and for the operation that fails', async () => {
    for (const route of ROUTES) {
      const expected = ['CachePoolTimeouts', 'CacheErrorRateHigh'];
      const fired = async (): Promise<boolean> => {
        const alerts = (await servers.get(route)!.alerts()).filter(({ labels }) => labels['job'] === 'pooled');
        return expected.every((name) => alerts.some(({ labels }) => labels['alertname'] === name));
      };
      await until(fired, `${expected.join(' and ')} fire`, 30_000);
    }
  });

  it('has as many series of a pool and of a kind of error as the README says', async () => {
    const server = servers.get('js-exporter')!;
    const count = async (selector: string): Promise<number> =>
      Number((await server.query(`count({job="pooled", ${selector}})`))[0]?.value[1]);
    const ofPool = '__name__=~"db_client_connection_.+", __name__!~".+_create_time_.+"';
    assert.equal(await count(ofPool), PER_POOL);
    assert.equal(await count('__name__=~"db_client_operation_.+", error_type="WRONGTYPE"'), PER_DURATION);
  });

  for (const route of ROUTES) {
    it(`has only series whose names are known: ${route}`, async () => {
      const server = servers.get(route)!;
      const scope = '{otel_scope_name="opentelemetry-instrumentation-cache"}';
      const found = (await server.query(`count by (__name__) (${scope})`)).map(({ metric }) => metric['__name__']!);
      const known = METRIC_NAMES.flatMap((name) => seriesNames(name, route));
      assert.deepEqual(
        found.filter((name) => !known.includes(name)),
        [],
      );
      assert.ok(found.includes(prometheusName(METRIC_CACHE_OPERATIONS, route)));
    });

    it(`has data for every query of the dashboard: ${route}`, async () => {
      const server = servers.get(route)!;
      const { panels, templating } = JSON.parse(read(`grafana/caches.${route}.json`)) as CheckedDashboard;
      const queries = panels.flatMap((panel) =>
        panel.type === 'row' ? [] : panel.targets.map(({ expr, refId }) => ({ expr, name: `${panel.title} ${refId}` })),
      );
      assert.ok(queries.length > 20);
      // The rate of a series needs two scrapes of it; traffic goes on meanwhile.
      let missing: string[] = [];
      let round = 10_000;
      const allAnswered = async (): Promise<boolean> => {
        await search(round++);
        const answers = await Promise.all(queries.map(({ expr }) => server.query(filledIn(expr))));
        const isThere = (index: number) => answers[index]!.some(({ value }) => Number.isFinite(Number(value[1])));
        missing = queries.filter((_, index) => !isThere(index)).map(({ name, expr }) => `${name}: ${filledIn(expr)}`);
        return missing.length === 0;
      };
      await until(allAnswered, 'every query has an answer', 30_000).catch(() => assert.deepEqual(missing, []));
      for (const { name, query } of templating.list ?? []) {
        const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? [];
        if (selector === undefined) continue;
        assert.notDeepEqual(await server.labelValues(label!, filledIn(selector)), [], name);
      }
    });
  }
});
