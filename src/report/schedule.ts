import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import { beforeSignalledEnd } from '../signals';
import type { Telemetry } from '../telemetry/telemetry';
import { collectReport } from './collect';
import { writeReport } from './write';

/** Whose options asked for a report last. */
let wanting: Telemetry | undefined;
let watchesEnd = false;
let signal: NodeJS.Signals | undefined;

/** Sees to the reports that the options of a telemetry ask for, now that they hold. */
export function scheduleReport(telemetry: Telemetry): void {
  const { report, reportSignal } = telemetry.settings;
  if (report === undefined && reportSignal === undefined && wanting !== telemetry) return;
  wanting = telemetry;
  if (report !== undefined && !watchesEnd) {
    watchesEnd = true;
    process.once('exit', atEnd);
    beforeSignalledEnd({ last: atEnd });
  }
  if (signal === reportSignal || !isMainThread) return;
  if (signal !== undefined) process.removeListener(signal, onDemand);
  signal = reportSignal;
  if (signal !== undefined) process.on(signal, onDemand);
}

/** They run the application as a child that inherits the options, and use caches themselves. */
const PACKAGE_MANAGERS = /^(npm|npx|yarn|pnpm|corepack)(-cli)?(\.[cm]?js)?$/;

function atEnd(): void {
  if (PACKAGE_MANAGERS.test(basename(process.argv[1] ?? ''))) return;
  write(({ settings }) => settings.report, true);
}

function onDemand(): void {
  write(({ settings }) => settings.report ?? ['stderr']);
}

/** Nothing here may throw into the application. */
function write(destinations: (telemetry: Telemetry) => readonly string[] | undefined, unlessEmpty = false): void {
  try {
    const all = (wanting && destinations(wanting)) ?? [];
    if (all.length === 0) return;
    const report = collectReport(wanting!);
    // A process without a cache (a build step) must not put its nothing in the place of the application's report.
    if (unlessEmpty && report.caches.length === 0) return;
    for (const destination of all) writeReport(report, destination);
  } catch (error) {
    diag.error(`${SCOPE_NAME}: the cache report failed`, error);
  }
}
