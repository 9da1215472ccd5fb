// The shape that Grafana expects of this dashboard: the types that the foundation SDK generates from Grafana's own schemas,
// put together strictly, with the options of each kind of panel. Enumerations are the values that they have in JSON.

import type * as dashboards from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

type Json<T> = 0 extends 1 & T
  ? T
  : T extends string
    ? `${T}`
    : T extends readonly (infer Item)[]
      ? Json<Item>[]
      : T extends object
        ? { [Key in keyof T as T[Key] extends (...args: never[]) => unknown ? never : Key]: Json<T[Key]> }
        : T;

type FieldDefaults<Custom> = Omit<dashboards.FieldConfig, 'custom'> & { custom?: Custom };

type PanelOf<Type extends string, Options, Custom = never> = Omit<
  dashboards.Panel,
  'type' | 'id' | 'title' | 'description' | 'options' | 'targets' | 'fieldConfig' | 'datasource' | 'gridPos'
> & {
  type: Type;
  id: number;
  title: string;
  description: string;
  datasource: { type: 'prometheus'; uid: '${datasource}' };
  gridPos: dashboards.GridPos;
  targets: Omit<prometheus.Dataquery, '_implementsDataqueryVariant'>[];
  options?: Options;
  fieldConfig?: Omit<dashboards.FieldConfigSource, 'defaults'> & { defaults: FieldDefaults<Custom> };
};

type CheckedPanel =
  | PanelOf<'timeseries', Partial<timeseries.Options>, timeseries.FieldConfig>
  | PanelOf<'stat', stat.Options>
  | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | PanelOf<'table', Partial<table.Options>, table.FieldConfig>
  | dashboards.RowPanel;

export type CheckedDashboard = Json<
  Omit<dashboards.Dashboard, 'panels' | 'title' | 'uid'> & { title: string; uid: string; panels: CheckedPanel[] }
>;
