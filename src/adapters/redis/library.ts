/** What is read of node-redis' own objects. Its versions 4.0 to 6 differ; what only some have is optional. All methods give promises. */

/** A command as it is sent: its name, then its arguments. */
export type Args = readonly unknown[];

export interface SocketOptions {
  readonly host?: string;
  readonly port?: number;
  /** Of a Unix socket. */
  readonly path?: string;
}

/** A URL is taken apart into these by the client itself, but not by a cluster. */
export interface ClientOptions {
  readonly url?: string;
  readonly socket?: SocketOptions;
  readonly database?: number;
  readonly name?: string;
  readonly modules?: Readonly<Record<string, unknown>>;
}

export interface ClusterOptions {
  readonly rootNodes: readonly ClientOptions[];
  readonly defaults?: ClientOptions;
}

export interface SentinelOptions {
  /** Of the master that the sentinels watch. */
  readonly name: string;
  readonly sentinelRootNodes: readonly SocketOptions[];
  readonly nodeClientOptions?: ClientOptions;
}

/** A member of a batch. */
export interface Queued {
  readonly args: Args;
}

/** What a batch keeps its members in. */
export interface Members {
  readonly queue: readonly Queued[];
  addCommand(args: Args, ...more: unknown[]): unknown;
}

/** The client of one connection. From 5 on there are proxies of it, which share everything but command options. */
export interface Client {
  readonly _self?: Client;
  readonly options?: ClientOptions;
  /** Absent before 4.1. */
  readonly isReady?: boolean;
  on(event: 'reconnecting' | 'end', listener: () => void): unknown;
  connect(): unknown;
}

export interface Selectable {
  SELECT(...parameters: unknown[]): unknown;
}

export interface Connectable {
  connect(): unknown;
}

/** Before 5. */
export interface EarlyClient extends Client {
  multiExecutor(commands: readonly Queued[], ...more: unknown[]): unknown;
  executeScript(...parameters: unknown[]): unknown;
}

/** From 5 on. */
export interface CurrentClient extends Client {
  sendCommand(args: Args, options?: unknown): unknown;
  _executeMulti(commands: readonly Queued[], ...more: unknown[]): unknown;
  _executePipeline(commands: readonly Queued[], ...more: unknown[]): unknown;
  _executeScript(...parameters: unknown[]): unknown;
}

/** What a client keeps its commands in until they are written; from 5 on in a list of its own. */
export interface Queue {
  addCommand(args: Args, options?: unknown): unknown;
}

/** A command in the queue's list. */
export interface QueuedCommand {
  readonly args?: Args;
  /** Called with the reply before the client transforms it. */
  resolve: (reply: unknown) => void;
  reject: (error: unknown) => void;
}

export interface CommandList {
  push(command: QueuedCommand): unknown;
  unshift(command: QueuedCommand): unknown;
}

/** The client's side of a connection, which outlives the sockets that it makes. */
export interface Connection extends Connectable {
  readonly isReady?: boolean;
  /** The address of the node at the other end while there is a connection; absent before 5.12. */
  readonly host?: string;
  readonly port?: number;
  on(event: 'reconnecting' | 'ready' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  once(event: 'connect' | 'ready', listener: () => void): unknown;
}

/** How many clients share the nodes of a cluster; what it has to find them by is private in it. */
export interface Cluster extends Connectable {
  readonly _self?: Cluster;
}

/** The parser of 5 and later: the arguments as they are sent. */
export interface Parser {
  readonly redisArgs: Args;
}
