import { composeHooks, type OfficialHooks } from '../hooks';
import { foreignSpans } from '../telemetry/foreign-spans';
import { leaveMetricsSdks, METRICS_SDKS } from './metrics-sdk';
import type { Peer } from './peer';
import { substitute } from './substitute';

/** All of them: the metrics SDK, and the instrumentations that make spans of the same commands. */
export const PEERS: readonly Peer[] = [
  // Since 0.41 it asks for its configuration at every command.
  instrumentation('@opentelemetry/instrumentation-ioredis', 'IORedisInstrumentation'),
  instrumentation('@opentelemetry/instrumentation-redis'),
  // The one of node-redis 4, before the two became one.
  instrumentation('@opentelemetry/instrumentation-redis-4'),
  instrumentation('@opentelemetry/instrumentation-memcached'),
  ...METRICS_SDKS,
];

type Configuration = Partial<OfficialHooks>;
interface OfficialInstrumentation {
  getConfig(): Configuration;
}

const restorers = new Map<OfficialInstrumentation, () => void>();

/**
 * An instrumentation that makes spans of the same commands: ours go without, and enrich these.
 * @param module the name of the package, and of the scope of its spans
 * @param type the class that it exports, where our hooks are to be added; else its spans are active while the client is called
 */
function instrumentation(module: string, type?: string): Peer {
  const join = (exports: unknown): unknown => {
    if (type === undefined) foreignSpans.enable(module);
    else addHooks(type, exports);
    return exports;
  };
  return { module, join };
}

/** Adds our hooks to whatever configuration the instances of a peer have, now or later. */
function addHooks(instrumentation: string, exports: unknown): void {
  const type = (exports as Record<string, { prototype: OfficialInstrumentation } | undefined>)[instrumentation];
  const prototype = type?.prototype;
  if (prototype === undefined || restorers.has(prototype) || typeof prototype.getConfig !== 'function') return;
  foreignSpans.enable();
  const { getConfig } = prototype;
  const composed = new WeakMap<Configuration, Configuration>();
  const value = function (this: OfficialInstrumentation): Configuration {
    const configuration = getConfig.call(this);
    let both = composed.get(configuration);
    if (both === undefined) {
      both = withHooks(configuration, () => restorers.has(prototype));
      composed.set(configuration, both);
    }
    return both;
  };
  restorers.set(prototype, substitute(prototype, 'getConfig', value));
}

const ours = new WeakSet();

/** An application may hand on the configuration that it was shown, with our hooks in it: they are not added twice. */
function withHooks(configuration: Configuration, active: () => boolean): Configuration {
  if (configuration.responseHook !== undefined && ours.has(configuration.responseHook)) return configuration;
  const hooks = composeHooks(configuration, active);
  ours.add(hooks.responseHook);
  return { ...configuration, ...hooks };
}

/** Leaves all peers as they were. */
export function leavePeers(): void {
  for (const restore of restorers.values()) restore();
  restorers.clear();
  leaveMetricsSdks();
}
