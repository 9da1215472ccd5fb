/** What is read of memjs' own objects. */
import type { Respond } from './unanswered';

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
  readonly _socket?: Socket;
  /** What is called with the responses that have not come, by the numbers of the requests. */
  readonly responseCallbacks: Readonly<Record<string, Respond>>;
  /** Calls back with the connection, as soon as there is one. */
  sock(sasl: boolean, callback: (socket: unknown) => void): void;
  onResponse(seq: number, respond: Respond): unknown;
  close(): unknown;
  /** Gives up the connection and all that wait for it. */
  error(reason: unknown): unknown;
}

export interface Socket {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  removeListener(event: 'close', listener: () => void): unknown;
}

export interface Response {
  readonly header: { readonly status: number };
  readonly val: Buffer;
}

export type Callback = (error: unknown, response?: unknown) => unknown;
