// The rows of the dashboard: what is wrong at a glance, then a row for each trouble that a cache can have.

import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { appLevel, hitRates, inProcess, overview, sizes, stampedes } from './cache-rows';
import type { Queries } from './queries';
import { errors, latencies, pools } from './server-rows';

export interface Row {
  readonly title: string;
  readonly panels: readonly Builder<Panel>[];
}

export const rows = (queries: Queries): readonly Row[] =>
  [overview, hitRates, latencies, sizes, stampedes, appLevel, inProcess, pools, errors].map((row) => row(queries));
