import uPlot from 'uplot';
import { bytes, count, duration, milliseconds, moment, percent } from '../figures';
import type { Distribution, PatternSummary } from '../model';
import { axis, emptyPlot, mark, plot, type PlotOptions } from './plot';
import { colour } from './theme';

const HEIGHT = 210;
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is one of uPlot's types alone
const RIGHT = 1 as uPlot.Axis.Side;

/** The charts of one key pattern. */
export function patternCharts(pattern: PatternSummary, slotSeconds: number): HTMLElement[] {
  return [
    hitRateChart(pattern, slotSeconds),
    latencyChart(pattern, slotSeconds),
    histogram('Sizes of values', pattern.valueSize, 'value', bytes),
    histogram('Latency', pattern.latency, 'operation', (seconds) => `${milliseconds(seconds)} ms`),
    histogram('TTLs of writes', pattern.ttl, 'write', duration),
  ];
}

function elapsed(pattern: PatternSummary, slotSeconds: number): number[] {
  return pattern.timeline.map((_, index) => index * slotSeconds);
}

/** Seconds between the marks of a time axis, of which the smallest is used that leaves room for their texts. */
const TIME_STEPS = [
  0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200,
].concat([1, 2, 5, 10, 30, 100, 1000].map((days) => days * 86_400));

/** The time axis counts from the start: no time zone is to be guessed. */
export const timeAxis = (): uPlot.Axis =>
  axis({ size: 32, incrs: TIME_STEPS, space: 75, values: (_, splits) => splits.map(moment) });

/** Room at the right for the last text of a time axis, where no other axis gives it. */
export const TIME_PADDING: uPlot.Padding = [null, 32, null, null];

/** A time of a slot, for a reading. */
export const slotText = (index: number, slotSeconds: number): string =>
  `${moment(index * slotSeconds)} to ${moment((index + 1) * slotSeconds)}`;

const wholeOnly = (value: number): string => (Number.isInteger(value) ? count(value) : '');

/** The rate as a line with its axis at the left, lookups as bars with theirs at the right. */
const HIT_RATE: PlotOptions['options'] = {
  scales: {
    x: { time: false },
    y: { range: [0, 1] },
    lookups: { range: (_, __, max) => [0, Math.max(1, max) * 1.1] },
  },
  axes: [
    timeAxis(),
    axis({ scale: 'y', values: (_, splits) => splits.map(percent), size: 58 }),
    axis({
      scale: 'lookups',
      side: RIGHT,
      grid: { show: false },
      size: 58,
      values: (_, splits) => splits.map(wholeOnly),
    }),
  ],
  series: [
    {},
    {
      scale: 'lookups',
      fill: () => colour('bars'),
      width: 0,
      paths: uPlot.paths.bars!({ size: [0.8, 40] }),
      points: { show: false },
    },
    {
      scale: 'y',
      stroke: () => colour('accent'),
      fill: () => colour('accent-fill'),
      width: 2,
      spanGaps: true,
      points: { size: 5 },
    },
  ],
};

function hitRateChart(pattern: PatternSummary, slotSeconds: number): HTMLElement {
  const title = 'Hit rate and lookups over time';
  const { timeline, hitRate, lookups } = pattern;
  if (!timeline.some(({ hits, misses }) => hits + misses > 0)) {
    return emptyPlot(title, lookups === 0 ? 'No lookups were recorded.' : 'When the lookups came was not recorded.');
  }
  const totals = timeline.map(({ hits, misses }) => hits + misses);
  const rates = timeline.map(({ hits }, index) => (totals[index] === 0 ? null : hits / totals[index]!));
  return plot({
    title,
    height: HEIGHT,
    data: [elapsed(pattern, slotSeconds), totals, rates],
    options: HIT_RATE,
    reading: (_, index) =>
      index === undefined
        ? [
            mark('accent'),
            `hit rate, all ${hitRate === undefined ? '-' : percent(hitRate)}`,
            mark('bars'),
            `lookups, all ${count(lookups)}`,
          ]
        : [
            slotText(index, slotSeconds),
            mark('accent'),
            rates[index] == null ? 'no lookup' : percent(rates[index]),
            mark('bars'),
            `${count(totals[index]!)} lookups`,
          ],
  });
}

function latencyChart(pattern: PatternSummary, slotSeconds: number): HTMLElement {
  const title = 'Latency over time';
  const { timeline, latency } = pattern;
  if (latency === undefined) return emptyPlot(title, 'No latencies were recorded.');
  const of = (which: 'p50' | 'p95'): (number | null)[] => timeline.map((slot) => slot[which] ?? null);
  const [p50, p95] = [of('p50'), of('p95')];
  const text = (seconds: number | null | undefined): string => (seconds == null ? '-' : `${milliseconds(seconds)} ms`);
  return plot({
    title,
    height: HEIGHT,
    data: [elapsed(pattern, slotSeconds), p95, p50],
    options: {
      padding: TIME_PADDING,
      scales: { x: { time: false }, y: { range: (_, __, max) => [0, max * 1.1] } },
      axes: [
        timeAxis(),
        axis({ values: (_, splits) => splits.map((value) => `${Number((1000 * value).toPrecision(3))} ms`), size: 70 }),
      ],
      series: [
        {},
        { stroke: () => colour('second'), width: 2, spanGaps: true, points: { size: 5 } },
        { stroke: () => colour('accent'), width: 2, spanGaps: true, points: { size: 5 } },
      ],
    },
    reading: (_, index) => [
      index === undefined ? '' : slotText(index, slotSeconds),
      mark('accent'),
      `p50 ${text(index === undefined ? latency.p50 : p50[index])}`,
      mark('second'),
      `p95 ${text(index === undefined ? latency.p95 : p95[index])}`,
    ],
  });
}

function histogram(
  title: string,
  distribution: Distribution | undefined,
  what: string,
  unit: (value: number) => string,
): HTMLElement {
  if (distribution === undefined) return emptyPlot(title, `No ${what}s were recorded.`);
  const { buckets, p50, p95, p99, max } = distribution;
  const counts = buckets.map(([, inBucket]) => inBucket);
  const ends = buckets.map(([upTo]) => upTo);
  return plot({
    title,
    height: HEIGHT,
    data: [ends.map((_, index) => index), counts],
    options: {
      scales: {
        x: { time: false, range: [-0.6, ends.length - 0.4] },
        y: { range: (_, __, most) => [0, Math.max(1, most) * 1.1] },
      },
      axes: [
        axis({
          grid: { show: false },
          size: 32,
          space: 76,
          values: (_, splits) =>
            splits.map((at) => (Number.isInteger(at) && ends[at] !== undefined ? `≤ ${unit(ends[at])}` : '')),
        }),
        axis({ values: (_, splits) => splits.map(wholeOnly), size: 58 }),
      ],
      series: [
        {},
        {
          fill: () => colour('accent'),
          width: 0,
          paths: uPlot.paths.bars!({ size: [0.82, 60] }),
          points: { show: false },
        },
      ],
    },
    reading: (_, index) =>
      index === undefined || ends[index] === undefined
        ? [`p50 ${unit(p50)}, p95 ${unit(p95)}, p99 ${unit(p99)}, most ${unit(max)}`]
        : [`${count(counts[index]!)} ${what}${counts[index] === 1 ? '' : 's'} up to ${unit(ends[index])}`],
  });
}
