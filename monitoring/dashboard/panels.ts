// Panels as this dashboard has them.

import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
  BigValueColorMode,
  BigValueGraphMode,
} from '@grafana/grafana-foundation-sdk/common';
import { ThresholdsConfigBuilder, ThresholdsMode, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Labels } from '../promql';

export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Units of Grafana. */
export type Unit = 'percentunit' | 's' | 'bytes' | 'Bps' | 'ops' | 'short';

/** The grid has 24 columns. */
const HALF = 12;
const STAT = 4;
const HEIGHT = 8;
const STAT_HEIGHT = 4;

/** What a panel shows, and why one would look at it. */
export interface Shown {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
}

/** A query and how its series are called: by their labels, or in words. */
export interface Target {
  readonly expr: string;
  readonly legend: Labels | string;
}

/** A name made of labels. */
export const named = (labels: Labels): string => labels.map((label) => `{{${label}}}`).join(' ');

/** Grafana calls the queries of a panel A, B, C. */
const letter = (index: number): string => String.fromCharCode(65 + index);

function query({ expr, legend }: Target, index: number): DataqueryBuilder {
  return new DataqueryBuilder()
    .expr(expr)
    .legendFormat(typeof legend === 'string' ? legend : named(legend))
    .refId(letter(index))
    .datasource(DATASOURCE);
}

/** Lines over time; a ratio goes from 0 to 1, everything else starts at 0. */
export function lines({ title, description, unit }: Shown, targets: readonly Target[]): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .span(HALF)
    .height(HEIGHT)
    .lineWidth(1)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(targets.map((target, index) => query(target, index).range()));
  return unit === 'percentunit' ? panel.max(1) : panel;
}

/** Lines on top of each other, so that their sum is seen too. */
export const stacked = (shown: Shown, targets: readonly Target[]): TimeseriesBuilder =>
  lines(shown, targets).stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).fillOpacity(40);

/** One number, as it is now, with its course behind it. */
export function number({ title, description, unit }: Shown, expr: string, steps: readonly Threshold[]): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(STAT)
    .height(STAT_HEIGHT)
    .graphMode(BigValueGraphMode.Area)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]))
    .withTarget(query({ expr, legend: title }, 0).range());
}

/** How a histogram's values are spread, over time. */
export function heatmap({ title, description, unit }: Shown, expr: string): HeatmapBuilder {
  const target = query({ expr, legend: '{{le}}' }, 0).format(PromQueryFormat.Heatmap).range();
  return (
    new HeatmapBuilder()
      .title(title)
      .description(description)
      .datasource(DATASOURCE)
      .span(HALF)
      .height(HEIGHT)
      // Prometheus has the buckets already.
      .calculate(false)
      .yAxis(new YAxisConfigBuilder().unit(unit))
      .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Blues').steps(32))
      .withTarget(target as Builder<Dataquery>)
  );
}

/** A column of a table: the values of one query. */
export interface Column {
  readonly title: string;
  readonly unit: Unit;
  readonly expr: string;
}

/** One row per set of labels, one column per query, over the time that is shown. */
export function table(
  { title, description }: Omit<Shown, 'unit'>,
  labels: Labels,
  columns: readonly Column[],
): TableBuilder {
  const panel = new TableBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .span(2 * HALF)
    .height(HEIGHT)
    .targets(
      columns.map(({ expr }, index) => query({ expr, legend: '' }, index).format(PromQueryFormat.Table).instant()),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries(labels.map((label, index) => [label, index])),
        renameByName: Object.fromEntries(columns.map((column, index) => [`Value #${letter(index)}`, column.title])),
      },
    });
  for (const column of columns) panel.overrideByName(column.title, [{ id: 'unit', value: column.unit }]);
  return panel;
}
