import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { isMainThread, threadId } from 'node:worker_threads';
import { say } from '../say';
import { SCOPE_NAME } from '../semconv';
import { reportHtml } from './html';
import type { CacheReportData } from './model';
import { reportText } from './text';

/** Where relative paths start: whoever gave them did not know where the application would go meanwhile. */
const folder = workingFolder();

function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    // It is gone.
    return '';
  }
}

/**
 * Writes a report to where the option `report` says. A failure is told on stderr.
 * @param destination `stderr`, or a path that ends in `.json` or `.html`, in which `{pid}` stands for the process id
 */
export function writeReport(report: CacheReportData, destination: string): void {
  try {
    if (destination === 'stderr') say(reportText(report).trimEnd());
    else writeWhole(pathOf(destination), fileOf(report, destination));
  } catch (error) {
    say(`${SCOPE_NAME}: the cache report could not be written: ${error instanceof Error ? error.message : ''}`);
  }
}

function fileOf(report: CacheReportData, path: string): string {
  return path.endsWith('.html') ? reportHtml(report) : `${JSON.stringify(report, undefined, 2)}\n`;
}

/** Threads have reports of their own, beside that of their process. */
function pathOf(destination: string): string {
  const path = resolve(folder, destination.replaceAll('{pid}', String(process.pid)));
  if (isMainThread) return path;
  const extension = extname(path);
  return `${path.slice(0, -extension.length)}-${threadId}${extension}`;
}

/** Whoever reads the file meanwhile has the report before, or this one. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, path);
}
