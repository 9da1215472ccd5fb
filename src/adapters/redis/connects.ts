import { AsyncLocalStorage } from 'node:async_hooks';
import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import type { Client as Described } from '../../telemetry/client';
import { Connect } from '../../telemetry/creations';
import { recognizeClients } from '../../telemetry/observed-clients';
import { describe, knownClient } from './clients';
import { ownerOf, patchPart } from './connections';
import { callOutside } from './current-call';
import type { Client, Connectable, Connection } from './library';
import { connectingPool } from './pools';
import { runForCaller } from './sole-spans';
import { describedAs, type Topology } from './topologies';

/** Whose clients connect: those of a cluster or of Sentinel count as the whole; undefined: they do not count. */
const topologies = new AsyncLocalStorage<{ readonly described: Described | undefined }>();

const watches = new WeakMap<Connectable, Watch>();

/** What a connection tells of its attempts; only its client and this listen to it. */
class Watch {
  private attempt: Connect | undefined;

  constructor(
    connection: Connection,
    owner: Client,
    private readonly describe: () => Described | undefined,
    private readonly host: Host,
  ) {
    connection.on('reconnecting', () => {
      this.begin();
    });
    connection.on('ready', () => {
      this.take()?.succeeded();
    });
    connection.on('error', (error) => {
      this.take()?.failed(error, replyErrorPrefix(error));
      knownClient(owner).transactions?.lost(error);
    });
    connection.on('end', () => {
      this.take()?.aborted();
      knownClient(owner).transactions?.lost(new Error('The client was closed.'));
    });
  }

  begin(): void {
    const { telemetry } = this.host;
    this.take()?.aborted();
    if (telemetry === undefined) return;
    try {
      const described = this.describe();
      if (described === undefined) return;
      connectingPool()?.learn(described);
      this.attempt = new Connect(described, telemetry);
    } catch (error) {
      telemetry.failed(error);
    }
  }

  private take(): Connect | undefined {
    const { attempt } = this;
    this.attempt = undefined;
    return attempt;
  }
}

export function patchClient(prototype: Client, host: Host): void {
  recognizeClients(prototype, (client) => describeClient(client, host));
}

function describeClient(client: Client, host: Host): Described | undefined {
  return host.telemetry && describe(knownClient(client), host.telemetry, host);
}

export function patchConnection(prototype: Connectable, host: Host): void {
  patchPart(prototype, host, (part, connect) => {
    const owner = ownerOf<Client>(part);
    if (owner !== undefined && host.telemetry !== undefined) watch(part as Connection, owner, host).begin();
    return connect();
  });
}

/** Whatever makes a connection first decides for good whose it is. */
function watch(connection: Connection, owner: Client, host: Host): Watch {
  let watching = watches.get(connection);
  if (watching === undefined) {
    const topology = topologies.getStore() ?? callOutside();
    const described = () => {
      if (asksSentinel(owner)) return undefined;
      return topology === undefined ? describeClient(owner, host) : topology.described;
    };
    watches.set(connection, (watching = new Watch(connection, owner, described, host)));
  }
  return watching;
}

/** Whether it is what Sentinel's client asks the sentinels by: it has their commands as a module. */
function asksSentinel({ options }: Client): boolean {
  return options?.modules?.['sentinel'] !== undefined;
}

interface Slots extends Connectable {
  /** Connects to a node that has not been asked yet; absent in 4.0. */
  nodeClient?(node: object): unknown;
}

export function patchSlots(prototype: Slots, host: Host): void {
  if (prototype.nodeClient !== undefined) {
    host.wrap(prototype as Required<Slots>, 'nodeClient', (original) => {
      return function nodeClient(this: Slots, node: object): unknown {
        return runForCaller(() => original.call(this, node) as unknown);
      };
    });
  }
  patchPart(prototype, host, (slots, connect) => {
    const { telemetry } = host;
    const cluster = ownerOf(slots);
    if (telemetry === undefined || cluster === undefined) return connect();
    const described = telemetry.attempt(() => describedAs(cluster, telemetry, host));
    return topologies.run({ described }, connect);
  });
}

/** Whatever connects later, such as to the master after a failover, does so below what was begun here. */
export function patchSentinelConnect(prototype: Topology & Connectable, host: Host): void {
  host.wrap(prototype, 'connect', (original) => {
    return function connect(this: Topology & Connectable): unknown {
      const { telemetry } = host;
      const described = telemetry?.attempt(() => describedAs(this, telemetry, host));
      return topologies.run({ described }, () => original.call(this) as unknown);
    };
  });
}
