import { currentTelemetry } from '../current';
import { collectReport } from './collect';
import { reportHtml } from './html';
import type { CacheReportData } from './model';
import { reportText } from './text';

/** What a cache report says, and how to show it. `JSON.stringify` gives what a report file has. */
export interface CacheReport extends CacheReportData {
  /** For a terminal or a log: lines of at most 100 characters, without colour. */
  toText(): string;
  /** One self-contained page. */
  toHtml(): string;
}

/**
 * What is wrong with the caches of this process, and the figures behind it, out of the table that the metrics are read from.
 *
 * The first call begins to record what the metrics do not tell per key pattern (latencies, sizes, TTLs, writes, deletes, errors,
 * what happened when), unless the option `report` or `reportSignal` has done so from the start; until then those are missing.
 */
export function cacheReport(): CacheReport {
  const data = collectReport(currentTelemetry());
  const shown = { toText: () => reportText(data), toHtml: () => reportHtml(data) };
  // Functions are no part of what is written as JSON, nor of what is printed or compared.
  for (const [name, value] of Object.entries(shown)) Object.defineProperty(data, name, { value });
  return data as CacheReport;
}
