import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import {
  InstrumentationBase,
  InstrumentationNodeModuleDefinition,
  InstrumentationNodeModuleFile,
} from '@opentelemetry/instrumentation';
import type { Adapter, ModulePatch } from './adapter';
import { ADAPTERS } from './adapters';
import { CONFIGURATION, optionsOf, resolveSettings } from './config';
import { activate, deactivate, enabledTelemetries } from './current';
import { LoadedModules } from './loaded-modules';
import { isSupported, moduleLoaded, refreshPatches } from './patches';
import { leavePeers, PEERS } from './peers';
import type { Peer } from './peers/peer';
import { scheduleReport } from './report/schedule';
import { SCOPE_NAME } from './semconv';
import { globalTracer } from './telemetry/global-tracer';
import { Telemetry } from './telemetry/telemetry';
import type { CacheInstrumentationConfig } from './types';
import { VERSION } from './version';

/**
 * Observes the caches that an application uses, by patching their client libraries.
 *
 * Where several are enabled in a process, the newest observes; each client library is patched once, and restored when
 * the last is disabled.
 */
export class CacheInstrumentation extends InstrumentationBase<CacheInstrumentationConfig> {
  // The base class's constructor calls our methods: an initialiser would undo what they did.
  declare private telemetry: Telemetry | undefined;

  /** @param config one that is no object, or whose values are not accepted, is warned of, and the defaults hold */
  constructor(config?: CacheInstrumentationConfig) {
    const options = optionsOf(config, CONFIGURATION);
    super(SCOPE_NAME, VERSION, { ...options, enabled: resolveSettings(options).enabled });
    // `registerInstrumentations` and `NodeSDK` enable what this says is not enabled, whoever has switched it off.
    super.setConfig({ ...options, enabled: true });
  }

  protected override init(): InstrumentationNodeModuleDefinition[] {
    return [...ADAPTERS.flatMap(moduleDefinitions), ...PEERS.map(peerDefinition)];
  }

  override enable(): void {
    // First, for the base class hands on at once what ES modules have imported before.
    activate(this.observer());
    super.enable();
    scheduleReport(this.observer());
    const loaded = new LoadedModules();
    for (const adapter of ADAPTERS) {
      for (const patch of adapter.modules) {
        for (const { exports, version } of loaded.find(patch.module, patch.file)) {
          moduleLoaded(adapter, patch, exports, version, true);
        }
      }
    }
    for (const { module, file, versions, join } of PEERS) {
      for (const { exports, version } of loaded.find(module, file)) {
        if (versions === undefined || isSupported(versions, version)) join(exports);
      }
    }
    refreshPatches();
  }

  /** Restores the very functions that were there before, on every loaded copy of every client library. */
  override disable(): void {
    super.disable();
    if (this.telemetry !== undefined) deactivate(this.telemetry);
    if (enabledTelemetries().length === 0) leavePeers();
    refreshPatches();
  }

  /** The options hold from the next operation on, `enabled` excepted: see {@link enable} and {@link disable}. */
  override setConfig(config?: CacheInstrumentationConfig): void {
    const options = optionsOf(config, CONFIGURATION);
    super.setConfig(options);
    if (this.telemetry === undefined) return;
    this.telemetry.configure(resolveSettings(options));
    if (this.isEnabled()) scheduleReport(this.telemetry);
    refreshPatches();
  }

  override setTracerProvider(provider: TracerProvider): void {
    super.setTracerProvider(provider);
    this.observer().setTracer(provider.getTracer(SCOPE_NAME, VERSION));
  }

  override setMeterProvider(provider: MeterProvider): void {
    super.setMeterProvider(provider);
    this.observer().setMeterProvider(provider);
  }

  private observer(): Telemetry {
    return (this.telemetry ??= new Telemetry(resolveSettings(this.getConfig()), globalTracer));
  }
}

/** One per package that the adapter patches: the base class finds files by the package that they are in. */
function moduleDefinitions(adapter: Adapter): InstrumentationNodeModuleDefinition[] {
  return [...new Set(adapter.modules.map(({ module }) => module))].map((module) => {
    const patches = adapter.modules.filter((patch) => patch.module === module);
    const main = patches.filter(({ file }) => file === undefined);
    const files = patches.flatMap((patch) => (patch.file === undefined ? [] : [fileOf(adapter, patch, patch.file)]));
    const patchMain = (exports: unknown, version?: string) =>
      main.reduce((shown, patch) => moduleLoaded(adapter, patch, shown, version, false), exports);
    return new InstrumentationNodeModuleDefinition(
      module,
      ['*'],
      main.length > 0 ? patchMain : undefined,
      restoredByDisable,
      files,
    );
  });
}

function fileOf(adapter: Adapter, patch: ModulePatch, file: string): InstrumentationNodeModuleFile {
  return new InstrumentationNodeModuleFile(
    `${patch.module}/${file}.js`,
    ['*'],
    (exports: unknown, version) => moduleLoaded(adapter, patch, exports, version, false),
    restoredByDisable,
  );
}

/** Every loaded copy is, while the base class knows only the last. */
const restoredByDisable = (): void => undefined;

function peerDefinition({ module, versions = ['*'], file, join }: Peer): InstrumentationNodeModuleDefinition {
  const supported = [...versions];
  const joinIfEnabled = (exports: unknown): unknown => (enabledTelemetries().length > 0 ? join(exports) : exports);
  if (file === undefined) return new InstrumentationNodeModuleDefinition(module, supported, joinIfEnabled);
  const inside = new InstrumentationNodeModuleFile(`${module}/${file}.js`, supported, joinIfEnabled, restoredByDisable);
  return new InstrumentationNodeModuleDefinition(module, supported, undefined, undefined, [inside]);
}
