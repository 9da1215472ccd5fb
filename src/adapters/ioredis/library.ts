/** What is read of ioredis' own objects: the same in ioredis 4.28 to 6 and in iovalkey. */

export interface Command {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly promise: Promise<unknown>;
  /** Called with the reply before it is decoded. */
  resolve: (reply: unknown) => unknown;
  reject: (error: unknown) => void;
  /** Whether it was promised before: its arguments are transformed then. */
  readonly transformed?: boolean;
  /** Sent by a pipeline for its own purposes: its result is left out. */
  readonly ignore?: boolean;
  /** Called by the constructor. */
  initPromise(): void;
  /** Decodes the reply. */
  transformReply(reply: unknown): unknown;
}

export interface RedisOptions {
  readonly host?: string;
  readonly port?: number;
  /** Of a Unix socket. */
  readonly path?: string | null;
  readonly db?: number;
  readonly connectionName?: string | null;
  readonly sentinels?: readonly { readonly host?: string; readonly port?: number }[] | null;
  /** Of the master that the sentinels watch. */
  readonly name?: string | null;
  readonly keyPrefix?: string | Buffer | null;
}

export interface Redis {
  readonly options: RedisOptions;
  /** As {@link setStatus} was told last. */
  readonly status?: string;
  readonly stream?: Socket | null;
  readonly offlineQueue?: { readonly length: number };
  /** The state of the connection; `select` is the database index that was asked for last. */
  readonly condition?: { readonly select: number } | null;
  readonly scriptsSet?: Scripts;
  /** The application has told it to disconnect. */
  readonly manuallyClosing?: boolean;
  sendCommand(command: Command, stream?: PipelineStream, node?: unknown): unknown;
  /** Takes note of a new state of the connection (`connecting`, `connect`, `ready`, `close`, ...), and tells listeners later. */
  setStatus(status: string, ...more: unknown[]): unknown;
  /** Tells listeners, if there are any. */
  silentEmit(event: string, ...more: unknown[]): unknown;
}

export interface Cluster {
  readonly status?: string;
  readonly options: { readonly redisOptions?: RedisOptions; readonly keyPrefix?: string | Buffer | null };
  readonly startupNodes?: readonly (RedisOptions | string | number)[];
  /** By slot; empty until it has found its nodes. */
  readonly slots?: { readonly length: number };
  readonly offlineQueue?: { readonly length: number };
  readonly scriptsSet?: Scripts;
  sendCommand(command: Command, stream?: PipelineStream, node?: unknown): unknown;
  readonly connectionPool?: NodePool;
  delayUntilReady(callback: (error?: unknown) => void): unknown;
  connect(): unknown;
  multi(...parameters: unknown[]): unknown;
  getInfoFromNode(node: unknown, callback: (error?: unknown) => unknown): unknown;
  setStatus(status: string): unknown;
}

/** The nodes of a cluster. */
export interface NodePool {
  findOrCreate(...parameters: unknown[]): Redis;
}

export interface SentinelConnector {
  connectToSentinel(...parameters: unknown[]): unknown;
}

/** The scripts of `defineCommand`, by name. */
export type Scripts = Readonly<Record<string, { readonly sha?: string }>>;

export interface Socket {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  once(event: 'close', listener: () => void): unknown;
  removeListener(event: 'close', listener: () => void): unknown;
}

/** What a pipeline writes its members to. */
export interface PipelineStream {
  readonly isPipeline?: boolean;
}

export interface Pipeline {
  readonly redis: Redis | Cluster;
  readonly isCluster: boolean;
  readonly _queue: readonly Command[];
  /** Transactions that were begun and not ended yet. */
  readonly _transactions: number;
  resolve: (results: unknown) => void;
  reject: (error: unknown) => void;
  exec(callback?: unknown): unknown;
  sendCommand(command: Command): unknown;
}
