import type uPlot from 'uplot';
import { fit } from '../columns';
import { count, percent } from '../figures';
import { element, find } from './dom';
import { slotText, TIME_PADDING, timeAxis } from './pattern-charts';
import { axis, plot } from './plot';
import type { Row } from './rows';
import { colour } from './theme';

/** More rows than these are no picture any more. */
const MOST_ROWS = 40;
const ROW_HEIGHT = 22;
const AXES_HEIGHT = 48;

/** Shows the hit rates of the worst patterns, slot by slot. */
export function showHeat(rows: readonly Row[], slotSeconds: number, select: (row: Row) => void): void {
  const section = find('#heat');
  const shown = rows.filter(({ pattern }) => pattern.timeline.some(({ hits, misses }) => hits + misses > 0));
  section.hidden = shown.length === 0;
  if (shown.length === 0) return;
  const drawn = shown.slice(0, MOST_ROWS);
  find('.note', section).textContent =
    drawn.length < shown.length
      ? `The ${drawn.length} patterns with the most misses, of ${count(shown.length)}; the table has all.`
      : 'Those with the most misses first. Where there is no colour there was no lookup.';
  section.append(legend(), heatPlot(drawn, slotSeconds, select));
}

function legend(): HTMLElement {
  return element('p', { class: 'legend' }, 'hit rate 0 %', element('i'), '100 %');
}

function heatPlot(rows: readonly Row[], slotSeconds: number, select: (row: Row) => void): HTMLElement {
  const slots = Math.max(...rows.map(({ pattern }) => pattern.timeline.length));
  const xs = Array.from({ length: slots }, (_, index) => (index + 0.5) * slotSeconds);
  const rowAt = (made: uPlot): number => {
    const { top } = made.cursor;
    if (top === undefined || top < 0) return -1;
    return Math.min(rows.length - 1, Math.max(0, Math.floor(made.posToVal(top, 'y'))));
  };
  return plot({
    title: 'Hit rate, pattern by pattern',
    isAlone: true,
    height: rows.length * ROW_HEIGHT + AXES_HEIGHT,
    data: [xs, xs.map(() => null)],
    options: {
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, range: [0, slots * slotSeconds] }, y: { range: [0, rows.length], dir: -1 } },
      padding: TIME_PADDING,
      axes: [{ ...timeAxis(), grid: { show: false } }, namesAxis(rows)],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: { draw: [(made) => drawCells(made, rows, slotSeconds)] },
    },
    reading: (made, index) => {
      const row = rows[rowAt(made)];
      if (index === undefined || row === undefined) return ['Choose a pattern to see it above.'];
      const { hits, misses } = row.pattern.timeline[index] ?? { hits: 0, misses: 0 };
      const rate =
        hits + misses === 0 ? 'no lookup' : `${percent(hits / (hits + misses))} of ${count(hits + misses)} lookups hit`;
      return [`${fit(row.label, 60)}, ${slotText(index, slotSeconds)}: ${rate}`];
    },
    top: (made, step) => made.valToPos(Math.min(rows.length - 1, Math.max(0, rowAt(made) + step)) + 0.5, 'y'),
    choose: (made) => {
      const row = rows[rowAt(made)];
      if (row !== undefined) select(row);
    },
  });
}

function namesAxis(rows: readonly Row[]): uPlot.Axis {
  const size = (made: uPlot): number => Math.min(280, Math.max(90, made.width * 0.28));
  return axis({
    grid: { show: false },
    size,
    splits: () => rows.map((_, index) => index + 0.5),
    values: (made) => rows.map(({ label }) => fit(label, Math.floor(size(made) / 7.4))),
    font: '12px ui-monospace, "DejaVu Sans Mono", monospace',
  });
}

function drawCells(made: uPlot, rows: readonly Row[], slotSeconds: number): void {
  const { ctx } = made;
  const colours = ['heat-low', 'heat-middle', 'heat-high'].map((name) =>
    colour(name)
      .match(/[\d.]+/g)!
      .map(Number),
  );
  const empty = colour('grid');
  const position = (value: number, scale: string): number => Math.round(made.valToPos(value, scale, true));
  const gap = Math.max(1, Math.round(devicePixelRatio));
  for (const [index, { pattern }] of rows.entries()) {
    const [y, end] = [position(index, 'y'), position(index + 1, 'y')];
    for (const [slot, { hits, misses }] of pattern.timeline.entries()) {
      const [x, right] = [position(slot * slotSeconds, 'x'), position((slot + 1) * slotSeconds, 'x')];
      const lookups = hits + misses;
      ctx.fillStyle = lookups === 0 ? empty : mixed(colours, hits / lookups);
      if (lookups === 0) ctx.fillRect(x, Math.round((y + end) / 2), right - x - gap, gap);
      else ctx.fillRect(x, y + gap, Math.max(1, right - x - gap), end - y - 2 * gap);
    }
  }
}

/** Between three colours. */
function mixed([low, middle, high]: number[][], share: number): string {
  const [from, to, part] = share < 0.5 ? [low!, middle!, share * 2] : [middle!, high!, share * 2 - 1];
  return `rgb(${from
    .slice(0, 3)
    .map((value, index) => Math.round(value + (to[index]! - value) * part))
    .join(' ')})`;
}
