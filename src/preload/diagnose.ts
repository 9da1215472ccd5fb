import { context, metrics } from '@opentelemetry/api';
import { CLIENT_NAMES } from '../config';
import { currentTelemetry } from '../current';
import { type ClientReport, reportClients } from '../patches';
import { SCOPE_NAME } from '../semconv';
import { countedOperations } from '../telemetry/in-process/in-process-library';
import { VERSION } from '../version';
import { countBundled } from './bundled-clients';
import { tracerProvider } from './registered-sdk';
import { say } from '../say';

/** When an application counts as loaded, in milliseconds. */
const LOADED_AFTER = 500;

/** Writes the self-report on stderr: once the application has loaded, and again at exit. */
export function diagnose(): void {
  const bundled = countBundled();
  let reported = false;
  const report = (moment: string): void => {
    if (moment === 'loaded') reported = true;
    for (const line of selfReport(moment, bundled())) say(line);
  };
  setTimeout(report, LOADED_AFTER, 'loaded').unref();
  process.once('exit', () => {
    if (!reported) report('loaded');
    report('exit');
  });
}

function selfReport(moment: string, bundled: readonly string[]): string[] {
  const reports = reportClients();
  const seen = new Set(reports.map(({ client }) => client));
  const missing = CLIENT_NAMES.filter((name) => !seen.has(name) && !bundled.includes(name));
  return [
    `${SCOPE_NAME} ${VERSION}, diagnosis (${moment})`,
    ...reports.map(clientLine),
    ...bundled.filter((name) => !(seen as ReadonlySet<string>).has(name)).map(bundledLine),
    `  not loaded: ${missing.length === 0 ? 'none' : missing.join(', ')}`,
    `  spans go to: ${nameOf(tracerProvider())}; context manager: ${contextManager()}`,
    `  metrics go to: ${meterProvider()}`,
    `  operations seen: ${currentTelemetry().operations + countedOperations()}`,
  ];
}

function clientLine({ client, version, state, early, wrappedByOthers }: ClientReport): string {
  const states = {
    patched: 'patched',
    off: 'not patched: switched off by the options',
    unsupported: 'not patched: out of the supported range',
  };
  const notes = [
    states[state],
    ...(early ? ['it was loaded before this package'] : []),
    ...(wrappedByOthers.length > 0 ? [`another instrumentation wraps ${wrappedByOthers.join(', ')} too`] : []),
  ];
  return `  ${client} ${version ?? '(unknown version)'}: ${notes.join('; ')}`;
}

function bundledLine(client: string): string {
  return `  ${client}: not patched: it runs, but was not loaded as a module, so it is bundled into the application`;
}

function meterProvider(): string {
  const provider = metrics.getMeterProvider();
  if (hasNoReader(provider)) return `nobody (${provider.constructor.name} has no reader)`;
  const through = isNobody(provider) || !currentTelemetry().meters.usesInstruments ? '' : ', through instruments';
  return nameOf(provider) + through;
}

/** As the SDK keeps its readers: nothing public tells of them, and this is only to be read. */
function hasNoReader(provider: object): boolean {
  const { _sharedState: state } = provider as { _sharedState?: { metricCollectors?: unknown } };
  return Array.isArray(state?.metricCollectors) && state.metricCollectors.length === 0;
}

/** Only a context manager keeps what is put into it. */
function contextManager(): string {
  const key = Symbol(SCOPE_NAME);
  const works = context.with(context.active().setValue(key, true), () => context.active().getValue(key) === true);
  return works ? 'there is one' : 'none, so no operation has a parent';
}

function nameOf(provider: object): string {
  return isNobody(provider) ? 'nobody (no SDK is registered)' : provider.constructor.name;
}

function isNobody(provider: object): boolean {
  return /^Noop/.test(provider.constructor.name);
}
