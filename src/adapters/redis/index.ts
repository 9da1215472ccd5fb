import type { Adapter, Host, ModulePatch } from '../../adapter';
import { type Reads, readingWhole } from '../../telemetry/arrivals';
import { patchCommandList, patchCommandQueue } from './answers';
import { patchBatches, patchMultiExecutor } from './batches';
import { patchClientSideCache } from './client-side-cache';
import { patchSendCommand } from './commands';
import { patchOwner } from './connections';
import { patchClient, patchConnection, patchSentinelConnect, patchSlots } from './connects';
import { patchSelect } from './databases';
import { patchConnectionClass, patchQueue, patchQueueClass } from './early-queues';
import { patchClusterMembers, patchMembers } from './members';
import { patchMain, patchPool, patchPoolClass } from './pools';
import { patchScripts } from './scripts';
import { patchCluster, patchClusterBatches, patchSentinel, patchSentinelLease, patchSlotsClass } from './topologies';

const FOLDER = 'dist/lib';
const CURRENT = '>=5.0.0 <7';
/** What `redis` 4 is made of: `@node-redis/client` in 4.0, `@redis/client` later. */
const EARLY = '>=1.0.0 <2';

type Patch = (target: never, host: Host) => void;

/** Calls a patch with the prototype of the class that a file exports. */
function onPrototype(patch: Patch, name = 'default'): ModulePatch['patch'] {
  return (exports, host) => {
    patch((exports as Record<string, { prototype: never }>)[name]!.prototype, host);
  };
}

/** Calls a patch with the class itself. */
function onClass(patch: Patch, name = 'default'): ModulePatch['patch'] {
  return (exports, host) => {
    patch((exports as Record<string, never>)[name]!, host);
  };
}

function patchDecoder(prototype: { write: Reads }, host: Host): void {
  host.wrap(prototype, 'write', readingWhole);
}

function all(...patches: readonly ModulePatch['patch'][]): ModulePatch['patch'] {
  return (exports, host) => {
    for (const patch of patches) patch(exports, host);
  };
}

const CLUSTER: Record<string, ModulePatch['patch']> = {
  'cluster/index': all(onPrototype(patchOwner), onClass(patchCluster)),
  'cluster/cluster-slots': all(onPrototype(patchSlots), patchSlotsClass as ModulePatch['patch']),
  'cluster/multi-command': all(onPrototype(patchClusterBatches), onPrototype(patchClusterMembers)),
};

const CURRENT_FILES: Record<string, ModulePatch['patch']> = {
  ...CLUSTER,
  'multi-command': onPrototype(patchMembers),
  'client/index': all(
    onPrototype(patchOwner),
    onPrototype(patchClient),
    onPrototype(patchSendCommand),
    onPrototype(patchSelect),
    onPrototype(patchBatches),
    onPrototype(patchScripts),
  ),
  'client/commands-queue': onPrototype(patchCommandQueue),
  'client/linked-list': onPrototype(patchCommandList, 'DoublyLinkedList'),
  'client/socket': onPrototype(patchConnection),
  'RESP/decoder': onPrototype(patchDecoder, 'Decoder'),
  'client/pool': all(onPrototype(patchPool, 'RedisClientPool'), onClass(patchPoolClass, 'RedisClientPool')),
  'client/cache': onPrototype(patchClientSideCache, 'BasicClientSideCache'),
  'sentinel/index': all(
    onClass(patchSentinel),
    onPrototype(patchSentinelConnect),
    onClass(patchSentinelLease, 'RedisSentinelClient'),
  ),
};

const EARLY_FILES: Record<string, ModulePatch['patch']> = {
  ...CLUSTER,
  'multi-command': onPrototype(patchMembers),
  'client/index': all(
    onPrototype(patchOwner),
    onPrototype(patchClient),
    onPrototype(patchSelect),
    onPrototype(patchMultiExecutor),
    onPrototype(patchScripts),
  ),
  'client/commands-queue': all(onPrototype(patchQueue), patchQueueClass as ModulePatch['patch']),
  'client/socket': all(onPrototype(patchConnection), patchConnectionClass as ModulePatch['patch']),
};

function patches(module: string, version: string, files: Record<string, ModulePatch['patch']>): ModulePatch[] {
  return Object.entries(files).map(([file, patch]) => ({
    module,
    versions: [version],
    file: `${FOLDER}/${file}`,
    patch,
  }));
}

/** node-redis: the package `redis`, and what it is made of. */
export const redis: Adapter = {
  name: 'redis',
  modules: [
    ...patches('@redis/client', CURRENT, CURRENT_FILES),
    { module: '@redis/client', versions: [CURRENT], file: 'dist/index', patch: patchMain as ModulePatch['patch'] },
    ...patches('@redis/client', EARLY, EARLY_FILES),
    ...patches('@node-redis/client', EARLY, EARLY_FILES),
  ],
};
