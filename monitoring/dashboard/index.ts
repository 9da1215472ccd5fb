// The dashboard for Grafana 10 and later.

import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { METRIC_CACHE_HITS, METRIC_CACHE_OPERATIONS } from '../../src/semconv';
import { prometheusName, type Route } from '../names';
import { DATASOURCE } from './panels';
import { CACHE_NAME, KEY_PATTERN, Queries, VARIABLES } from './queries';
import { rows } from './rows';

const HOW: Readonly<Record<Route, string>> = {
  collector: 'for metrics that come through an OpenTelemetry Collector or OTLP',
  'js-exporter': 'for metrics that are scraped from the Prometheus exporter of the JavaScript SDK',
};

/** A variable whose values are those that a label has; all of them at first. */
function ofLabel(name: string, title: string, series: string, label: string): QueryVariableBuilder {
  return (
    new QueryVariableBuilder(name)
      .label(title)
      .datasource(DATASOURCE)
      .query(`label_values(${series}, ${label})`)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      // Matches series without the label too, such as lookups whose pattern is kept out of the metrics.
      .allValue('.*')
      .current({ selected: true, text: 'All', value: '$__all' })
  );
}

function variables(route: Route): QueryVariableBuilder[] {
  const operations = prometheusName(METRIC_CACHE_OPERATIONS, route);
  const hits = prometheusName(METRIC_CACHE_HITS, route);
  const { service, cache, pattern } = VARIABLES;
  const ofService = `job=~"$${service}"`;
  return [
    ofLabel(service, 'Service', operations, 'job'),
    ofLabel(cache, 'Cache', `${operations}{${ofService}}`, CACHE_NAME),
    ofLabel(pattern, 'Key pattern', `${hits}{${ofService}, ${CACHE_NAME}=~"$${cache}"}`, KEY_PATTERN),
  ];
}

/** The dashboard as JSON, to be imported or provisioned. */
export function dashboard(route: Route): string {
  const builder = new DashboardBuilder('Caches')
    .uid(`opentelemetry-cache-${route}`)
    .description(`Caches as opentelemetry-instrumentation-cache sees them; ${HOW[route]}.`)
    .tags(['opentelemetry', 'cache'])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));
  for (const variable of variables(route)) builder.withVariable(variable);
  for (const { title, panels } of rows(new Queries(route))) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels) builder.withPanel(panel);
  }
  const built = builder.build();
  // Links to a panel are by its id.
  built.panels?.forEach((panel, index) => (panel.id = index + 1));
  return JSON.stringify(built);
}
