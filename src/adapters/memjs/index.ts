import { dirname, join } from 'node:path';
import type { Adapter, Host } from '../../adapter';
import { AUTH_ERROR, isDone, requestName, statusName, valueLength } from '../../memcached/binary';
import type { Reply } from '../../memcached/reply';
import { callInContext } from '../../telemetry/callers-context';
import { recognizeClients } from '../../telemetry/observed-clients';
import type { Operation } from '../../telemetry/operation';
import type { Telemetry } from '../../telemetry/telemetry';
import { clientOf } from './clients';
import { connects, follow, patchError, type Use } from './connects';
import type { Callback, Main, MemjsClient, Response, Server } from './library';
import { refusals } from './refusals';
import { argumentsOf } from './requests';
import { patchClose, patchOnResponse } from './unanswered';

/** The main file, where `Client` is, can't be hooked where an ES module imports it; the file that it loads first can. */
export const memjs: Adapter = {
  name: 'memjs',
  modules: [{ module: 'memjs', versions: ['>=1.3.0 <2'], file: 'lib/memjs/server', patch: patchMemjs }],
};

/** The operation that a callback settles. The client performs a request that failed again, with the same callback. */
const OPERATION = Symbol('opentelemetry-instrumentation-cache.operation');

/** A symbol on the closure costs 30 ns, a WeakMap of closures 6,700 (most of it in the garbage collector). */
type Settling = Callback & { [OPERATION]?: Operation };

/** The operation whose request is being handed to a server: that goes without an interruption. */
let sending: Operation | undefined;

function patchMemjs(exports: unknown, host: Host): void {
  const { Server } = exports as { readonly Server: { readonly prototype: Server } };
  patchSock(Server.prototype, host);
  patchError(Server.prototype, host);
  patchOnResponse(Server.prototype, host, () => sending);
  patchClose(Server.prototype, host);
  whenExported(mainOf(exports), ({ prototype }) => {
    recognizeClients(prototype, (client) => host.telemetry && clientOf(client, host.telemetry, host));
    refusals.patch(prototype, host);
    patchPerform(prototype, host);
    patchFlush(prototype, host);
  });
}

/** The exports of the main file that stands beside the one with these exports. */
function mainOf(exports: unknown): Main {
  const server = Object.values(require.cache).find((loaded) => loaded?.exports === exports);
  const main = server && require.cache[join(dirname(server.filename), 'memjs.js')];
  if (main === undefined) throw new Error('the main file of memjs was not found');
  return main.exports as Main;
}

/** The main file exports its `Client` after it has loaded the other files. */
function whenExported(main: Main, use: (client: NonNullable<Main['Client']>) => void): void {
  if (main.Client !== undefined) return use(main.Client);
  Object.defineProperty(main, 'Client', {
    configurable: true,
    enumerable: true,
    set: (client: NonNullable<Main['Client']>) => {
      Object.defineProperty(main, 'Client', { value: client, configurable: true, enumerable: true, writable: true });
      use(client);
    },
  });
}

/** Every request for a key passes here, from the callback form and the promise form of a method alike. */
function patchPerform(prototype: MemjsClient, host: Host): void {
  host.wrap(prototype, 'perform', (original) => {
    return function perform(this: MemjsClient, key, request, seq, callback: Settling | null | undefined, retries) {
      const { telemetry } = host;
      refusals.requested();
      if (telemetry === undefined) return original.call(this, key, request, seq, callback, retries) as undefined;
      const outer = sending;
      let settling = callback;
      let operation = callback?.[OPERATION];
      // What is performed again is the operation that it was, or none.
      if (operation === undefined && retries === undefined) {
        operation = begin(this, key, request, telemetry, host);
        if (operation !== undefined) settling = settle(operation, request, telemetry, callback);
      }
      sending = operation;
      try {
        original.call(this, key, request, seq, settling, retries);
      } catch (error) {
        if (operation !== undefined) telemetry.fail(operation, error, undefined);
        throw error;
      } finally {
        sending = outer;
      }
    };
  });
}

function begin(
  instance: MemjsClient,
  key: unknown,
  request: Buffer,
  telemetry: Telemetry,
  host: Host,
): Operation | undefined {
  try {
    const name = requestName(request);
    return telemetry.begin(clientOf(instance, telemetry, host), name, argumentsOf(name, key, request), 0);
  } catch (error) {
    telemetry.failed(error);
    return undefined;
  }
}

function settle(
  operation: Operation,
  request: Buffer,
  telemetry: Telemetry,
  callback: Callback | null | undefined,
): Settling {
  const settling: Settling = function (this: unknown, error, response) {
    telemetry.attempt(() => {
      if (response == null) fail(operation, error, telemetry);
      else answered(operation, request, response as Response, telemetry);
    });
    return callback == null ? undefined : callInContext(operation.context, callback, this, arguments);
  };
  settling[OPERATION] = operation;
  return settling;
}

function answered(operation: Operation, request: Buffer, response: Response, telemetry: Telemetry): void {
  const { status } = response.header;
  const done = isDone(status);
  if (done === undefined) return telemetry.fail(operation, undefined, statusName(status));
  const bytes = valueLength(request) || response.val.length;
  const reply: Reply = { done, bytes, value: response.val };
  telemetry.succeed(operation, reply);
}

/** A failed authentication is the only error that the client tells as a text. */
function fail(operation: Operation, error: unknown, telemetry: Telemetry): void {
  telemetry.fail(operation, error, typeof error === 'string' ? AUTH_ERROR : undefined);
}

/** It asks all servers by itself. Without a callback it calls itself with one, and returns a promise. */
function patchFlush(prototype: MemjsClient, host: Host): void {
  host.wrap(prototype, 'flush', (original) => {
    return function flush(this: MemjsClient, callback) {
      const { telemetry } = host;
      if (telemetry === undefined || callback === undefined) return original.call(this, callback) as unknown;
      const operation = telemetry.attempt(() => telemetry.begin(clientOf(this, telemetry, host), 'flush_all', [], 0));
      if (operation === undefined) return original.call(this, callback) as unknown;
      if (this.servers.length === 1) operation.connection = this.servers[0];
      return original.call(this, function (this: unknown, error: unknown) {
        if (error == null) telemetry.succeed(operation, undefined);
        else fail(operation, error, telemetry);
        return callback === null ? undefined : callInContext(operation.context, callback, this, arguments);
      }) as unknown;
    };
  });
}

/** Here a server is known, and whether a request waits until it is connected and authenticated. */
function patchSock(prototype: Server, host: Host): void {
  host.wrap(prototype, 'sock', (original) => {
    return function sock(this: Server, sasl, callback) {
      const operation = sending;
      const isNew = this._socket === undefined;
      let use = isNew ? connects(this, callback, host) : callback;
      if (!sasl && operation !== undefined) {
        sending = undefined;
        operation.sent(this);
        if (isNew || !this.connected) use = whenUsable(this, operation, use);
      }
      original.call(this, sasl, use);
      if (isNew) follow(this);
    };
  });
}

function whenUsable(server: Server, operation: Operation, use: Use): Use {
  operation.waits();
  return (socket) => {
    operation.sent(server);
    use(socket);
  };
}
