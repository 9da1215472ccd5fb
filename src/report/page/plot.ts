import uPlot from 'uplot';
import { element } from './dom';
import { colour, onTheme } from './theme';

/** What a chart is and how it is read with a keyboard. */
export interface PlotOptions {
  readonly title: string;
  /** It is the only chart below its heading, which is its title. */
  readonly isAlone?: boolean;
  readonly height: number;
  readonly options: Omit<uPlot.Options, 'width' | 'height'>;
  readonly data: uPlot.AlignedData;
  /** What stands at a place of the cursor; undefined: at none. */
  readonly reading: (plot: uPlot, index: number | undefined) => (string | Node)[];
  /** Where the cursor goes vertically with the arrow keys; `step` is -1, 0 or 1. */
  readonly top?: (plot: uPlot, step: number) => number;
  /** The place of the cursor is chosen, by click or by Enter. */
  readonly choose?: (plot: uPlot) => void;
}

/** A chart that follows the width of the page and its colours, and whose cursor moves with the arrow keys. */
export function plot({ title, isAlone, height, options, data, reading, top, choose }: PlotOptions): HTMLElement {
  const output = element('output', { class: 'reading' });
  const host = element('div', {
    class: 'plot',
    tabindex: '0',
    role: 'group',
    'aria-label': keyboardHelp(title, choose),
  });
  const heading = isAlone === true ? undefined : element('h3', {}, title);
  const figure = element('figure', {}, element('figcaption', {}, heading, output), host);
  const show = (made: uPlot): void => output.replaceChildren(...reading(made, made.cursor.idx ?? undefined));
  const made = new uPlot(
    {
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      ...options,
      width: 480,
      height,
      hooks: { ...options.hooks, setCursor: [show] },
    },
    data,
    host,
  );
  show(made);
  const fit = (): void => {
    if (host.clientWidth > 0) made.setSize({ width: host.clientWidth, height });
  };
  new ResizeObserver(fit).observe(host);
  onTheme(() => {
    if (host.isConnected) made.redraw();
  });
  host.addEventListener('keydown', (event) => {
    if (move(made, event.key, top) || (event.key === 'Enter' && choose !== undefined)) event.preventDefault();
    if (event.key === 'Enter') choose?.(made);
  });
  if (choose !== undefined) made.over.addEventListener('click', () => choose(made));
  return figure;
}

function keyboardHelp(title: string, choose: unknown): string {
  return `${title}. Arrow keys move the cursor${choose === undefined ? '' : ', Enter chooses'}.`;
}

const STEPS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
};

/** @returns whether it was a key that moves the cursor */
function move(made: uPlot, key: string, top: PlotOptions['top']): boolean {
  const step = STEPS[key];
  if (step === undefined || (step[1] !== 0 && top === undefined)) return false;
  const [xs] = made.data;
  const from = made.cursor.idx ?? (step[0] < 0 ? xs.length : -1);
  const index = Math.min(xs.length - 1, Math.max(0, from + step[0]));
  made.setCursor({ left: made.valToPos(xs[index]!, 'x'), top: top?.(made, step[1]) ?? 10 });
  return true;
}

/** An axis in the colours of the page. */
export function axis(more: uPlot.Axis): uPlot.Axis {
  return {
    stroke: () => colour('muted'),
    font: '12px system-ui, "DejaVu Sans", sans-serif',
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    ...more,
  };
}

/** A coloured mark before the name of a series. */
export function mark(name: string): HTMLElement {
  const made = element('i');
  made.style.background = `var(--${name})`;
  return made;
}

/** What is shown in the place of a chart without data. */
export function emptyPlot(title: string, why: string): HTMLElement {
  return element(
    'figure',
    {},
    element('figcaption', {}, element('h3', {}, title)),
    element('div', { class: 'empty' }, why),
  );
}
