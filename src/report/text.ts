import { alignedColumns, type Column, fit, printable, wrapped } from './columns';
import { bytes, count, counted, duration, milliseconds, percent, shortCount } from './figures';
import type { CacheReportData, CacheSummary, Finding, PatternSummary } from './model';
import { BUSY_LOOP } from './troubles';

const WIDTH = 100;
/** What a reader of a terminal takes in; the files have all. */
const MOST_CACHES = 10;
const MOST_PATTERNS = 20;
const MOST_FINDINGS = 20;
const LEGEND = 'again: misses of a key that was missed before; p50, p95, p99 in ms; size and TTL are medians';

/** The report for a terminal or a log: lines of at most 100 characters, without colour. */
export function reportText(report: CacheReportData): string {
  const { caches, findings } = report;
  const lines = [...head(report), '', ...findingLines(findings)];
  for (const cache of caches.slice(0, MOST_CACHES)) lines.push('', ...cacheLines(cache));
  if (caches.some(({ patterns }) => patterns.length > 0)) lines.push('', LEGEND);
  if (caches.length > MOST_CACHES) lines.push('', rest(caches.length - MOST_CACHES, 'caches'));
  return `${lines.join('\n')}\n`;
}

function head({
  service,
  pid,
  startedAt,
  generatedAt,
  operations,
  detailedSince,
  eventLoopUtilization,
}: CacheReportData) {
  const from = startedAt.slice(0, 19).replace('T', ' ');
  const lasted = duration((Date.parse(generatedAt) - Date.parse(startedAt)) / 1000);
  const who = printable(service ?? 'this process');
  const lines = [
    `Cache report: ${who} (pid ${pid}), ${lasted} from ${from} UTC on, ${counted(operations, 'operation')}`,
  ];
  // By then something may have been counted that the details lack.
  const late = Date.parse(detailedSince) - Date.parse(startedAt);
  if (late > 1000) {
    lines.push(
      `Latencies, sizes, TTLs, writes, deletes and errors are known since ${duration(late / 1000)} after the start.`,
    );
  }
  if (eventLoopUtilization >= BUSY_LOOP) {
    lines.push(
      `The event loop was busy ${percent(eventLoopUtilization)} of the time: latencies tell of this process too.`,
    );
  }
  return lines.map((line) => fit(line, WIDTH));
}

function rest(number: number, what: string): string {
  return `  … and ${count(number)} more ${what}; a report in JSON or HTML has all of them`;
}

function findingLines(findings: readonly Finding[]): string[] {
  if (findings.length === 0) return ['No findings.'];
  const lines = [`${counted(findings.length, 'finding')}${findings.length === 1 ? '' : ', the worst first'}`];
  for (const [index, finding] of findings.slice(0, MOST_FINDINGS).entries()) {
    const { title, cache, pattern, figure, why, advice } = finding;
    const number = `${index + 1}. `.padStart(5);
    lines.push(`${number}${title}: ${place(cache, pattern, WIDTH - `${number}${title}: `.length)}`);
    lines.push(...paragraph(figure), ...paragraph(`Why it matters: ${why}`), ...paragraph(`What to try: ${advice}`));
  }
  if (findings.length > MOST_FINDINGS) lines.push(rest(findings.length - MOST_FINDINGS, 'findings'));
  return lines;
}

/** Of two long names each keeps a part. */
function place(cache: string, pattern: string | undefined, width: number): string {
  const [cacheName, between] = [printable(cache), ' in '];
  if (pattern === undefined) return `cache ${fit(cacheName, width - 'cache '.length)}`;
  const half = Math.floor((width - between.length) / 2);
  const shown = fit(printable(pattern), Math.max(half, width - between.length - cacheName.length));
  return `${shown}${between}${fit(cacheName, width - between.length - shown.length)}`;
}

function paragraph(text: string): string[] {
  const indent = ' '.repeat(5);
  return wrapped(text, WIDTH - indent.length).map((line) => indent + line);
}

const dash = (value: number): string => (value === 0 ? '-' : shortCount(value));
const orDash = <T>(value: T | undefined, text: (value: T) => string): string =>
  value === undefined ? '-' : text(value);

/** What the {@link LEGEND} says of them. */
const COLUMNS: readonly Column<PatternSummary>[] = [
  { title: 'key pattern', align: 'left', text: ({ pattern }) => printable(pattern ?? '(all keys)') },
  { title: 'lookups', text: ({ lookups }) => dash(lookups) },
  { title: 'hits', text: ({ hitRate }) => orDash(hitRate, percent) },
  { title: 'again', text: ({ repeatedMisses }) => dash(repeatedMisses) },
  { title: 'p50', text: ({ latency }) => orDash(latency?.p50, milliseconds) },
  { title: 'p95', text: ({ latency }) => orDash(latency?.p95, milliseconds) },
  { title: 'p99', text: ({ latency }) => orDash(latency?.p99, milliseconds) },
  { title: 'size', text: ({ valueSize }) => orDash(valueSize?.p50, bytes) },
  { title: 'TTL', text: ({ ttl }) => orDash(ttl?.p50, duration) },
  { title: 'writes', text: ({ writes }) => dash(writes) },
  { title: 'no TTL', text: ({ writesWithoutTtl }) => dash(writesWithoutTtl) },
  { title: 'deletes', text: ({ deletes }) => dash(deletes) },
  { title: 'errors', text: ({ errors }) => dash(errors) },
];

function cacheLines(cache: CacheSummary): string[] {
  const { name, systems, lookups, hitRate, latency, patterns } = cache;
  const system = systems.length === 0 ? '' : ` (${systems.join(', ')})`;
  const facts = [
    `${counted(lookups, 'lookup')}${orDash(hitRate, (rate) => `, ${percent(rate)} hit`).replace(/^-$/, '')}`,
    ...(latency === undefined
      ? []
      : [
          `p50 ${milliseconds(latency.p50)} ms, p95 ${milliseconds(latency.p95)} ms, p99 ${milliseconds(latency.p99)} ms`,
        ]),
  ];
  const told = `${system}: ${facts.join('; ')}`;
  const lines = [fit(fit(printable(name), Math.max(12, WIDTH - told.length)) + told, WIDTH)];
  if (patterns.length === 0) return lines;
  const table = alignedColumns(COLUMNS, patterns.slice(0, MOST_PATTERNS), WIDTH - 2);
  lines.push(...table.map((line) => `  ${line}`));
  if (patterns.length > MOST_PATTERNS) lines.push(rest(patterns.length - MOST_PATTERNS, 'patterns'));
  return lines;
}
