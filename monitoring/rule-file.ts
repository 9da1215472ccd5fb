// The file of rules that Prometheus loads, by either route.

import { stringify } from 'yaml';
import { alertRules } from './alerts';
import type { Route } from './names';
import { recordingRules } from './rules';

const WHAT: Readonly<Record<Route, string>> = {
  collector:
    'that come through an OpenTelemetry Collector, or through the OTLP endpoint of Prometheus: with units in their names',
  'js-exporter':
    "that are scraped from the Prometheus exporter of OpenTelemetry's JavaScript SDK: without units in their names",
};

/** A file for `rule_files` of Prometheus, 2.x and later. */
export function ruleFile(route: Route): string {
  // One group: its rules are evaluated in this order, so that an alert sees what was recorded at the same instant.
  const rules = [...recordingRules(route), ...alertRules(route)];
  const groups = [{ name: 'opentelemetry-cache', rules }];
  const head = [
    '# Recording rules and alerts of opentelemetry-instrumentation-cache, for metrics',
    `# ${WHAT[route]}.`,
    '# Made by `npm run monitoring`; thresholds and their reasons are in monitoring/alerts.ts.',
  ];
  return `${head.join('\n')}\n${stringify({ groups }, { lineWidth: 0 })}`;
}
