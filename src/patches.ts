import { diag } from '@opentelemetry/api';
import type { Adapter, ModulePatch } from './adapter';
import { enabledTelemetries } from './current';
import { LoadedCopy } from './loaded-copy';
import { SCOPE_NAME } from './semconv';
import type { Telemetry } from './telemetry/telemetry';
import type { ClientName } from './types';
import { inRange } from './versions';

/** They hold other libraries' clients: which of their pools are observed is decided pool by pool. */
const POOL_LIBRARIES: readonly ClientName[] = ['generic-pool', 'tarn'];

/** Whether an instrumentation observes a client. */
export function observes(telemetry: Telemetry, client: ClientName): boolean {
  const { clients } = telemetry.settings;
  if (clients.includes(`-${client}`)) return false;
  if (POOL_LIBRARIES.includes(client)) return true;
  const chosen = clients.filter((name) => !name.startsWith('-'));
  return chosen.length === 0 || chosen.includes(client);
}

const copies: LoadedCopy[] = [];

/** Versions that were loaded and are left alone, by client. */
const unsupported = new Map<ClientName, Set<string>>();

/**
 * A module of a client library was loaded: each copy is patched once, however many instrumentations hear of it.
 * @param early it was loaded before this package
 * @returns what the application is to get as its exports
 */
export function moduleLoaded(
  { name, modules }: Adapter,
  patch: ModulePatch,
  exports: unknown,
  version: string | undefined,
  early: boolean,
): unknown {
  if (!isSupported(patch.versions, version)) {
    // Another patch may be for this version.
    if (patch.isPart !== true && !modules.some(({ versions }) => isSupported(versions, version)))
      noteUnsupported(name, version);
    return exports;
  }
  const isKnown = (copy: LoadedCopy) => copy.exports === exports || copy.shown === exports;
  // A file of one version is the main module of another: both have one patch.
  let copy = copies.find((one) => one.patch.patch === patch.patch && isKnown(one));
  if (copy === undefined) copies.push((copy = new LoadedCopy(name, patch, exports, version, early)));
  copy.refresh(observer(name));
  return copy.shown;
}

function observer(client: ClientName): Telemetry | undefined {
  return enabledTelemetries().find((telemetry) => observes(telemetry, client));
}

/** @param versions as semver ranges */
export function isSupported(versions: readonly string[], version: string | undefined): boolean {
  return version !== undefined && versions.some((range) => inRange(version, range));
}

function noteUnsupported(client: ClientName, version = 'of unknown version'): void {
  const versions = unsupported.get(client) ?? new Set();
  if (!versions.has(version)) diag.info(`${SCOPE_NAME}: ${client} ${version} is not supported and left alone`);
  unsupported.set(client, versions.add(version));
}

/** The enabled instrumentations, or what they observe, have changed. */
export function refreshPatches(): void {
  for (const copy of copies) copy.refresh(observer(copy.client));
}

function librariesLoaded(): readonly LoadedCopy[] {
  return copies.filter(({ patch }) => patch.isPart !== true);
}

/** Whether the commands of a client are observed where it is called. */
export function isPatched(client: ClientName): boolean {
  return librariesLoaded().some((copy) => copy.client === client && copy.telemetry !== undefined);
}

/** What became of a loaded version of a client library, for the self-report. */
export interface ClientReport {
  readonly client: ClientName;
  readonly version: string | undefined;
  /** `unsupported`: out of the supported range; `off`: supported, but no instrumentation observes it. */
  readonly state: 'patched' | 'off' | 'unsupported';
  /** Loaded before this package. */
  readonly early: boolean;
  /** Methods that somebody else has wrapped too. */
  readonly wrappedByOthers: readonly string[];
}

export function reportClients(): readonly ClientReport[] {
  const reports = new Map<string, ClientReport>();
  for (const { client, moduleVersion: version, telemetry, early, wrappedByOthers } of librariesLoaded()) {
    const id = `${client} ${version}`;
    const others = [...(reports.get(id)?.wrappedByOthers ?? []), ...wrappedByOthers];
    const state = telemetry === undefined ? 'off' : 'patched';
    reports.set(id, { client, version, state, early, wrappedByOthers: others });
  }
  for (const [client, versions] of unsupported) {
    for (const version of versions) {
      reports.set(`${client} ${version}`, { client, version, state: 'unsupported', early: false, wrappedByOthers: [] });
    }
  }
  return [...reports.values()];
}
