import { bytes, count, duration, milliseconds, percent } from '../figures';
import type { CacheReportData, Distribution, Finding, PatternSummary } from '../model';
import { element, entry, find } from './dom';
import { showHeat } from './heat';
import { patternCharts } from './pattern-charts';
import { type Row, rowsOf } from './rows';
import { PatternTable } from './table';
import { watchTheme } from './theme';

const report = JSON.parse(find('#data').textContent) as CacheReportData;
const rows = rowsOf(report);

function showHead(): void {
  const { service, pid, startedAt, generatedAt, detailedSince, eventLoopUtilization } = report;
  const lasted = (Date.parse(generatedAt) - Date.parse(startedAt)) / 1000;
  const late = (Date.parse(detailedSince) - Date.parse(startedAt)) / 1000;
  const busy = `the event loop was busy ${percent(eventLoopUtilization)} of the time`;
  const parts = [
    `${service ?? 'Process'} (pid ${pid})`,
    `${duration(lasted)} until ${generatedAt.slice(0, 19).replace('T', ' ')} UTC`,
    ...(late > 1 ? [`details since ${duration(late)} after the start`] : []),
    busy,
  ];
  find('#about').textContent = parts.join(' · ');
  document.title = `Cache report${service === undefined ? '' : ` of ${service}`}`;
}

function showTotals(): void {
  const sum = (value: (cache: CacheReportData['caches'][number]) => number): number =>
    report.caches.reduce((total, cache) => total + value(cache), 0);
  const lookups = sum((cache) => cache.lookups);
  const rate = lookups === 0 ? '-' : percent(sum(({ hits }) => hits) / lookups);
  find('#totals').append(
    entry('Findings', count(report.findings.length)),
    entry('Hit rate', rate),
    entry('Lookups', count(lookups)),
    entry('Operations', count(report.operations)),
    entry('Errors', count(sum(({ errors }) => errors))),
    entry('Caches', count(report.caches.length)),
    entry('Key patterns', count(rows.length)),
  );
}

function showFindings(select: (row: Row) => void): void {
  const list = find('#findings ol');
  if (report.findings.length === 0) {
    const none =
      report.caches.length === 0 ? 'No cache operation was recorded.' : 'Nothing that the figures would tell.';
    list.replaceWith(element('p', { class: 'none' }, none));
  }
  list.append(...report.findings.map((finding) => findingItem(finding, select)));
}

function findingItem({ title, cache, pattern, figure, why, advice }: Finding, select: (row: Row) => void): HTMLElement {
  const row = rows.find((one) => one.cache === cache && one.pattern.pattern === pattern);
  const where = element(
    'p',
    {},
    ...(pattern === undefined ? [] : [element('code', {}, pattern), ' in ']),
    element('code', {}, cache),
  );
  const item = element(
    'li',
    {},
    element('h3', {}, title),
    where,
    element('p', { class: 'figure' }, figure),
    element('p', {}, element('b', {}, 'Why it matters: '), why),
    element('p', {}, element('b', {}, 'What to try: '), advice),
  );
  if (row === undefined || pattern === undefined) return item;
  const button = element('button', { type: 'button' }, 'Show its charts');
  button.addEventListener('click', () => select(row));
  item.append(button);
  return item;
}

/** A number stays in one line with its unit. */
const unbroken = (figure: string): string => figure.replaceAll(' ', '\u00a0');

function facts(pattern: PatternSummary): HTMLElement[] {
  const { hitRate, lookups, misses, repeatedMisses, expiredMisses, largestHerd, singleLookups, hitsByLevel } = pattern;
  const spread = (distribution: Distribution | undefined, text: (value: number) => string): string =>
    distribution === undefined
      ? '-'
      : [distribution.p50, distribution.p95, distribution.p99].map((value) => unbroken(text(value))).join(' / ');
  return [
    entry('Hit rate', hitRate === undefined ? 'no lookup' : `${percent(hitRate)} of ${count(lookups)}`),
    entry('Misses', `${count(misses)}, ${count(repeatedMisses)} repeated`),
    entry('Misses after expiry', count(expiredMisses)),
    entry('Most misses of a key at once', count(largestHerd)),
    entry('Latency p50 / p95 / p99, ms', spread(pattern.latency, milliseconds)),
    entry('Value size p50 / p95 / p99', spread(pattern.valueSize, bytes)),
    entry('TTL p50 / p95 / p99', spread(pattern.ttl, duration)),
    entry('Writes', `${count(pattern.writes)}, ${count(pattern.writesWithoutTtl)} without TTL`),
    entry('Deletes', count(pattern.deletes)),
    entry('Errors', count(pattern.errors)),
    ...(singleLookups === undefined
      ? []
      : [entry('Single lookups below a span', `up to ${count(singleLookups.most)}`)]),
    ...Object.entries(hitsByLevel).map(([level, hits]) => entry(`Hits of level ${level}`, count(hits))),
  ];
}

function showPatterns(): (row: Row) => void {
  const chooser = find<HTMLSelectElement>('#pattern select');
  for (const { name } of report.caches) {
    const group = element('optgroup', { label: name });
    for (const [index, row] of rows.entries()) {
      if (row.cache === name) group.append(element('option', { value: String(index) }, row.label));
    }
    if (group.children.length > 0) chooser.append(group);
  }
  const show = (row: Row): void => {
    chooser.value = String(rows.indexOf(row));
    find('#pattern .facts').replaceChildren(...facts(row.pattern));
    find('#pattern .charts').replaceChildren(...patternCharts(row.pattern, report.slotSeconds));
    table.mark(row);
  };
  const select = (row: Row): void => {
    show(row);
    chooser.focus({ preventScroll: true });
    find('#pattern').scrollIntoView({ block: 'start' });
  };
  const table = new PatternTable(rows, select);
  chooser.addEventListener('change', () => show(rows[Number(chooser.value)]!));
  for (const id of ['#pattern', '#patterns']) find(id).hidden = rows.length === 0;
  if (rows.length > 0) show(rows[0]!);
  return select;
}

watchTheme();
showHead();
showTotals();
const select = showPatterns();
showFindings(select);
showHeat(rows, report.slotSeconds, select);
