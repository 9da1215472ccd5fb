import type { Adapter, Host, ModulePatch } from '../../adapter';
import { type Reads, readingWhole } from '../../telemetry/arrivals';
import type { ClientName } from '../../types';
import { patchCluster, patchRedis } from './commands';
import {
  patchClusterConnects,
  patchClusterSearch,
  patchConnects,
  patchNodePool,
  patchSentinelConnector,
} from './connects';
import { patchDelays } from './delays';
import { patchPipeline } from './pipelines';
import { patchCommand } from './tracked';
import { type AutoPipelining, patchAutoPipelining, patchClusterMulti } from './unsent';

/** From 5.0 on; iovalkey is a fork of 5.4. */
const CURRENT = {
  redis: 'built/Redis',
  command: 'built/Command',
  pipeline: 'built/Pipeline',
  cluster: 'built/cluster/index',
};
const VERSION_4 = {
  redis: 'built/redis/index',
  command: 'built/command',
  pipeline: 'built/pipeline',
  cluster: 'built/cluster/index',
};

/** What reads replies before 6, of iovalkey too. */
const PARSER: ModulePatch = {
  module: 'redis-parser',
  isPart: true,
  versions: ['>=3.0.0 <4'],
  file: 'lib/parser',
  patch: (exports, host) => {
    host.wrap((exports as { prototype: { execute: Reads } }).prototype, 'execute', readingWhole);
  },
};

export const ioredis: Adapter = {
  name: 'ioredis',
  modules: [
    ...patches('ioredis', ['>=5.0.0 <7'], CURRENT),
    ...patches('ioredis', ['>=4.28.0 <5'], VERSION_4),
    { module: 'ioredis', versions: ['>=6.0.0 <7'], file: 'built/resp/decoder', patch: onDecoder },
    PARSER,
  ],
};

/** The fork of ioredis by the Valkey project's users: the same classes in the same files. */
export const iovalkey: Adapter = { name: 'iovalkey', modules: patches('iovalkey', ['>=0.1.0 <1'], CURRENT) };

function patches(module: ClientName, versions: readonly string[], files: typeof CURRENT): readonly ModulePatch[] {
  return [
    { module, versions, file: files.redis, patch: onPrototype(patchRedis, patchConnects) },
    { module, versions, file: files.command, patch: onPrototype(patchCommand) },
    { module, versions, file: files.pipeline, patch: onPrototype(patchPipeline) },
    {
      module,
      versions,
      file: files.cluster,
      patch: onPrototype(patchCluster, patchDelays, patchClusterMulti, patchClusterConnects, patchClusterSearch),
    },
    { module, versions, file: 'built/autoPipelining', patch: onAutoPipelining },
    { module, versions, file: 'built/cluster/ConnectionPool', patch: onPrototype(patchNodePool) },
    { module, versions, file: 'built/connectors/SentinelConnector/index', patch: onPrototype(patchSentinelConnector) },
  ];
}

function onDecoder(exports: unknown, host: Host): void {
  host.wrap((exports as { Decoder: { prototype: { write: Reads } } }).Decoder.prototype, 'write', readingWhole);
}

function onAutoPipelining(exports: unknown, host: Host): void {
  patchAutoPipelining(exports as AutoPipelining, host);
}

function onPrototype(...patches: readonly ((prototype: never, host: Host) => void)[]): ModulePatch['patch'] {
  return (exports, host) => {
    for (const patch of patches) patch((exports as { default: { prototype: never } }).default.prototype, host);
  };
}
