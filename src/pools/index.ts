import type { Adapter, Host, ModulePatch } from '../adapter';
import { patchPool, patchQueue, patchRequest } from './generic-pool';
import { patchTarn } from './tarn';

/** A file of generic-pool exports its class itself. */
function genericPoolFile(file: string, patch: (prototype: never, host: Host) => void): ModulePatch {
  return {
    module: 'generic-pool',
    versions: ['>=3.9.0 <4'],
    file,
    patch: (exports, host) => {
      patch((exports as { prototype: never }).prototype, host);
    },
  };
}

export const genericPool: Adapter = {
  name: 'generic-pool',
  modules: [
    genericPoolFile('lib/Pool', patchPool),
    genericPoolFile('lib/PriorityQueue', patchQueue),
    genericPoolFile('lib/ResourceRequest', patchRequest),
  ],
};

export const tarn: Adapter = {
  name: 'tarn',
  modules: [
    {
      module: 'tarn',
      versions: ['>=3.0.0 <4'],
      file: 'dist/Pool',
      patch: (exports, host) => {
        patchTarn((exports as { Pool: { prototype: never } }).Pool.prototype, host);
      },
    },
  ],
};
