/** What is read of memjs' own objects. */

export interface Main {
  Client?: { readonly prototype: MemjsClient };
}

export interface MemjsClient {
  readonly servers: readonly Server[];
  perform(key: unknown, request: Buffer, seq: number, callback: Callback | null | undefined, retries?: number): void;
  flush(callback?: Callback | null): unknown;
}

export interface Server {
  readonly host: string;
  readonly port: number;
  readonly connected: boolean;
  readonly _socket?: { readonly remoteAddress?: string; readonly remotePort?: number };
  /** Calls back with the connection, as soon as there is one. */
  sock(sasl: boolean, callback: (socket: unknown) => void): void;
  /** Gives up the connection and all that wait for it. */
  error(reason: unknown): unknown;
}

export interface Response {
  readonly header: { readonly status: number };
  readonly val: Buffer;
}

export type Callback = (error: unknown, response?: unknown) => unknown;
