import { bytes, count, duration, milliseconds, percent } from '../figures';
import type { PatternSummary } from '../model';
import { element, find } from './dom';
import type { Row } from './rows';

interface NumberColumn {
  readonly title: string;
  readonly value: (pattern: PatternSummary) => number | undefined;
  readonly text: (value: number) => string;
  readonly isBad?: (value: number) => boolean;
}

const inMs = (seconds: number): string => milliseconds(seconds);
const some = (value: number): boolean => value > 0;

const COLUMNS: readonly NumberColumn[] = [
  { title: 'Lookups', value: ({ lookups }) => lookups, text: count },
  { title: 'Hit rate', value: ({ hitRate }) => hitRate, text: percent, isBad: (rate) => rate < 0.5 },
  { title: 'Misses', value: ({ misses }) => misses, text: count },
  { title: 'Repeated', value: ({ repeatedMisses }) => repeatedMisses, text: count },
  { title: 'p50 ms', value: ({ latency }) => latency?.p50, text: inMs },
  { title: 'p95 ms', value: ({ latency }) => latency?.p95, text: inMs },
  { title: 'p99 ms', value: ({ latency }) => latency?.p99, text: inMs },
  { title: 'Size p50', value: ({ valueSize }) => valueSize?.p50, text: bytes },
  { title: 'Size p95', value: ({ valueSize }) => valueSize?.p95, text: bytes },
  { title: 'TTL p50', value: ({ ttl }) => ttl?.p50, text: duration },
  { title: 'Writes', value: ({ writes }) => writes, text: count },
  { title: 'No TTL', value: ({ writesWithoutTtl }) => writesWithoutTtl, text: count },
  { title: 'Deletes', value: ({ deletes }) => deletes, text: count },
  { title: 'Errors', value: ({ errors }) => errors, text: count, isBad: some },
];

type Compare = (one: Row, other: Row) => number;

/** Shows all patterns; each column sorts, and each pattern can be selected. */
export class PatternTable {
  private readonly body = element('tbody');
  private readonly lines = new Map<Row, HTMLTableRowElement>();
  private sortedBy: string | undefined;
  private descending = true;

  constructor(
    private readonly rows: readonly Row[],
    private readonly select: (row: Row) => void,
  ) {
    for (const row of rows) this.lines.set(row, this.line(row));
    find('#patterns table').append(element('caption', {}, 'All key patterns'), this.head(), this.body);
    this.show(rows);
    const search = find<HTMLInputElement>('#patterns input');
    search.addEventListener('input', () => this.filter(search.value.trim().toLowerCase()));
  }

  mark(row: Row): void {
    for (const [one, line] of this.lines) {
      if (one === row) line.setAttribute('aria-current', 'true');
      else line.removeAttribute('aria-current');
    }
  }

  private head(): HTMLElement {
    const texts: [string, Compare][] = [
      ['Key pattern', (one, other) => one.name.localeCompare(other.name)],
      ['Cache', (one, other) => one.cache.localeCompare(other.cache)],
    ];
    const numbers = COLUMNS.map(({ title, value }): [string, Compare] => [
      title,
      (one, other) => (value(one.pattern) ?? -1) - (value(other.pattern) ?? -1),
    ]);
    const cells = [...texts, ...numbers].map(([title, compare]) => {
      const button = element('button', { type: 'button' }, title);
      const cell = element('th', { scope: 'col' }, button);
      button.addEventListener('click', () => this.sort(title, compare, cell));
      return cell;
    });
    return element('thead', {}, element('tr', {}, ...cells));
  }

  private sort(title: string, compare: Compare, cell: HTMLElement): void {
    this.descending = this.sortedBy === title ? !this.descending : true;
    this.sortedBy = title;
    for (const other of cell.parentElement!.children) other.removeAttribute('aria-sort');
    cell.setAttribute('aria-sort', this.descending ? 'descending' : 'ascending');
    this.show([...this.rows].sort((one, other) => (this.descending ? compare(other, one) : compare(one, other))));
  }

  private show(rows: readonly Row[]): void {
    this.body.replaceChildren(...rows.map((row) => this.lines.get(row)!));
  }

  private filter(text: string): void {
    for (const [{ name, cache }, line] of this.lines) {
      line.hidden = !name.toLowerCase().includes(text) && !cache.toLowerCase().includes(text);
    }
  }

  private line(row: Row): HTMLTableRowElement {
    const button = element('button', { type: 'button', class: 'name', title: row.name }, row.name);
    button.addEventListener('click', () => this.select(row));
    const cells = COLUMNS.map(({ value, text, isBad }) => {
      const figure = value(row.pattern);
      const shown = figure === undefined ? '-' : text(figure);
      return element('td', figure !== undefined && isBad?.(figure) === true ? { class: 'bad' } : {}, shown);
    });
    const name = element('th', { scope: 'row' }, button);
    return element('tr', {}, name, element('td', { class: 'cache', title: row.cache }, row.cache), ...cells);
  }
}
