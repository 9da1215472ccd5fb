import { composeHooks, type OfficialHooks } from '../hooks';
import { foreignSpans } from '../telemetry/foreign-spans';
import { substitute } from './substitute';

/** An instrumentation that makes spans of the same commands: ours go without, and enrich these. */
export interface Peer {
  /** The name of the package, and of the scope of its spans. */
  readonly module: string;
  /** The class that it exports, where our hooks are to be added; else its spans are active while the client is called. */
  readonly instrumentation?: string;
}

/** Since 0.41 the official instrumentation of ioredis asks for its configuration at every command. */
export const PEERS: readonly Peer[] = [
  { module: '@opentelemetry/instrumentation-ioredis', instrumentation: 'IORedisInstrumentation' },
  { module: '@opentelemetry/instrumentation-redis' },
  // The one of node-redis 4, before the two became one.
  { module: '@opentelemetry/instrumentation-redis-4' },
  { module: '@opentelemetry/instrumentation-memcached' },
];

type Configuration = Partial<OfficialHooks>;
interface OfficialInstrumentation {
  getConfig(): Configuration;
}

const restorers = new Map<OfficialInstrumentation, () => void>();

/** From now on the spans of a peer are ours to enrich. */
export function joinPeer({ module, instrumentation }: Peer, exports: unknown): void {
  if (instrumentation === undefined) foreignSpans.enable(module);
  else addHooks(instrumentation, exports);
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
}
