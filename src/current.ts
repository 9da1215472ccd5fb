import { resolveSettings } from './config';
import { copies } from './copies';
import { globalTracer } from './telemetry/global-tracer';
import { Telemetry } from './telemetry/telemetry';

/** Those of the enabled instrumentations, the newest last: it is the one that observes. */
const enabled: Telemetry[] = [];
let fallback: Telemetry | undefined;
/** The one that observed last, once none is enabled: the next goes on counting where it stopped, for counters must not fall. */
let last: Telemetry | undefined;

/** The telemetry of the newest enabled instrumentation, else one of the process's own, made from the environment. */
export function currentTelemetry(): Telemetry {
  const newest = enabled[enabled.length - 1];
  if (newest !== undefined) return newest;
  if (fallback === undefined) {
    fallback = new Telemetry(resolveSettings({}), globalTracer);
    if (last !== undefined) fallback.adopt(last);
    else joinCopies(fallback);
    fallback.start();
  }
  return fallback;
}

/** The preload may be that of another copy of this package: it is to know that there is something to export. */
function joinCopies(telemetry: Telemetry): void {
  telemetry.onOperation = () => {
    currentTelemetry().onOperation = undefined;
    telemetry.meters.watch();
    copies().operationSeen?.();
  };
  copies().sdkStarted.add(() => {
    currentTelemetry().meters.refresh();
  });
}

/** The telemetry that operations of the application's own code go to; undefined: the environment switches it off. */
export function observingTelemetry(): Telemetry | undefined {
  const telemetry = currentTelemetry();
  return telemetry.settings.enabled ? telemetry : undefined;
}

/** All enabled ones, the newest first. */
export function enabledTelemetries(): readonly Telemetry[] {
  return [...enabled].reverse();
}

export function activate(telemetry: Telemetry): void {
  if (enabled.includes(telemetry)) return;
  const before = enabled[enabled.length - 1] ?? fallback ?? last;
  if (before !== undefined) {
    before.stop();
    telemetry.adopt(before);
  }
  fallback = last = undefined;
  enabled.push(telemetry);
  telemetry.start();
}

export function deactivate(telemetry: Telemetry): void {
  const index = enabled.indexOf(telemetry);
  if (index === -1) return;
  enabled.splice(index, 1);
  telemetry.stop();
  if (index < enabled.length) return;
  const next = enabled[enabled.length - 1];
  if (next === undefined) last = telemetry;
  next?.adopt(telemetry);
  next?.start();
}
