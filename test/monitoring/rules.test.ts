import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { alertRules } from '../../monitoring/alerts';
import { escaped, prometheusName, ROUTES, type Route } from '../../monitoring/names';
import { removeFolder, temporaryFolder } from '../support/children';
import { ROOT } from '../support/fixture';
import { ALERT_CASES, HEALTHY, type AlertCase, type Series } from './alert-cases';
import { promtool } from './promtool';

const SERVICE = { job: 'shop', instance: 'shop-1' };

/** A series as Prometheus would have it of a service. */
function inputSeries({ metric, part, attributes, values }: Series, route: Route): object {
  const labels = { ...attributes, ...SERVICE, otel_scope_name: 'opentelemetry-instrumentation-cache' };
  const text = Object.entries(labels).map(([name, value]) => `${escaped(name)}="${value}"`);
  return { series: `${prometheusName(metric, route)}${part ?? ''}{${text.join(',')}}`, values };
}

describe('the rules for Prometheus', function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  after(() => removeFolder(folder));

  /** What promtool is to evaluate, minute by minute, and which alerts are then to fire. */
  function ruleTest(route: Route, series: readonly Series[], expected: readonly object[]): object {
    const inputs = series.map((each) => inputSeries(each, route));
    return { interval: '1m', input_series: inputs, alert_rule_test: expected };
  }

  async function evaluate(route: Route, tests: readonly object[]): Promise<void> {
    const file = join(folder, `${route}.test.yml`);
    const rules = join(ROOT, `monitoring/prometheus/cache.${route}.rules.yml`);
    writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
    await promtool('test', 'rules', file);
  }

  /** The labels of the alert that a case expects: those of its series that the rule keeps, and the severity. */
  function expectedLabels({ series }: AlertCase, kept: readonly string[], severity: string): object {
    const all = Object.entries({ ...series[0]!.attributes, ...SERVICE }).map(([name, value]) => [escaped(name), value]);
    return { ...Object.fromEntries(all.filter(([name]) => kept.includes(name!))), severity };
  }

  /** The labels that an alert has are those that its texts name, and what the rules sum by. */
  const KEPT: Readonly<Record<string, readonly string[]>> = {
    CacheHitRateLow: ['job', 'cache_name'],
    CacheKeyPatternHitRateLow: ['job', 'cache_name', 'cache_key_pattern'],
    CacheStampede: ['job', 'cache_name', 'cache_key_pattern'],
    CacheWritesWithoutTtl: ['job', 'cache_name', 'cache_key_pattern'],
    CacheValuesOversized: ['job', 'cache_name', 'cache_operation'],
    CacheLatencyHigh: ['job', 'db_system_name', 'server_address', 'server_port'],
    CacheErrorRateHigh: ['job', 'db_system_name', 'server_address', 'server_port'],
    CachePoolExhausted: ['job', 'instance', 'db_client_connection_pool_name'],
    CachePoolTimeouts: ['job', 'instance', 'db_client_connection_pool_name'],
  };

  it('have a case that fires and one that stays silent for every alert', () => {
    for (const { alert } of alertRules('collector')) {
      const cases = ALERT_CASES.filter((one) => one.alert === alert);
      assert.deepEqual(
        [cases.some(({ summaries }) => summaries.length > 0), cases.some(({ summaries }) => summaries.length === 0)],
        [true, true],
        alert,
      );
    }
  });

  function caseTest(route: Route, one: AlertCase): object {
    const { annotations, labels } = alertRules(route).find(({ alert }) => alert === one.alert)!;
    const alerts = one.summaries.map((summary) => ({
      exp_labels: expectedLabels(one, KEPT[one.alert]!, labels.severity),
      exp_annotations: { ...annotations, summary },
    }));
    return ruleTest(route, one.series, [{ eval_time: '40m', alertname: one.alert, exp_alerts: alerts }]);
  }

  it('are all in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const documented = [...readme.matchAll(/^\| `(Cache\w+)` +\| \S/gm)].map(([, name]) => name!);
    const names = alertRules('collector').map(({ alert }) => alert);
    assert.deepEqual(documented.sort(), [...names].sort());
  });

  for (const route of ROUTES) {
    describe(`as they are for ${route}`, () => {
      let allHold = false;

      // promtool takes half a second to start and does not say which test failed: so all of them at once first, and each
      // by itself only where one fails.
      before(async () => {
        const tests = ALERT_CASES.map((one) => caseTest(route, one));
        allHold = await evaluate(route, tests).then(
          () => true,
          () => false,
        );
      });

      it('pass `promtool check rules`', async () => {
        const output = await promtool('check', 'rules', `monitoring/prometheus/cache.${route}.rules.yml`);
        assert.match(output, /SUCCESS: \d+ rules found/);
      });

      for (const one of ALERT_CASES) {
        it(`${one.alert} ${one.summaries.length > 0 ? 'fires' : 'stays silent'}: ${one.what}`, async () => {
          if (!allHold) await evaluate(route, [caseTest(route, one)]);
        });
      }

      it('stay silent for a busy service whose caches are well', async () => {
        const silent = alertRules(route).map(({ alert }) => ({ eval_time: '40m', alertname: alert, exp_alerts: [] }));
        await evaluate(route, [ruleTest(route, HEALTHY, silent)]);
      });
    });
  }
});
