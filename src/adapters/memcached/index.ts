import type { Adapter, Host } from '../../adapter';
import { readAnswer } from '../../memcached/text';
import { ConnectionClosed } from '../../telemetry/errors';
import { recognizeClients } from '../../telemetry/observed-clients';
import type { Telemetry } from '../../telemetry/telemetry';
import { clientOf } from './clients';
import { patchHelpers } from './connects';
import { bytesOf, Exchange, exchangeOf } from './exchanges';
import type { Memcached, Query, QueryCompiler, Socket } from './library';
import { handPastOthers, noteOurs } from './past-others';
import { patchWrites, refusals } from './refusals';
import { Scatter } from './scatters';

export const memcached: Adapter = {
  name: 'memcached',
  modules: [
    { module: 'memcached', versions: ['>=2.2.0 <3'], file: 'lib/memcached', patch: patchMemcached },
    { module: 'memcached', versions: ['>=2.2.0 <3'], file: 'lib/utils', patch: patchHelpers },
  ],
};

/** What is being handed to a server: that goes without an interruption. */
let sending: Exchange | undefined;

/** What is being split among servers. */
let scattering: Scatter | undefined;

function patchMemcached(exports: unknown, host: Host): void {
  const { prototype } = exports as { readonly prototype: Memcached };
  recognizeClients(prototype, (client) => host.telemetry && clientOf(client, host.telemetry, host));
  patchWrites(prototype, host);
  patchCommand(prototype, host);
  patchMulti(prototype, host);
  patchConnect(prototype, host);
  patchRawDataReceived(prototype, host);
}

/** Every query to a server passes here. */
function patchCommand(prototype: Memcached, host: Host): void {
  host.wrap(prototype, 'command', (original) => observed(original as Memcached['command'], host));
}

function observed(original: Memcached['command'], host: Host): Memcached['command'] {
  return noteOurs(function command(this: Memcached, compile, server) {
    const { telemetry } = host;
    refusals.requested();
    if (telemetry === undefined) return original.call(this, compile, server);
    const outer = sending;
    let exchange: Exchange | undefined;
    sending = undefined;
    try {
      original.call(
        this,
        (noreply?: unknown) => {
          const query = compile(noreply);
          if (noreply === undefined) sending = exchange = begin(this, query, telemetry, host);
          return query;
        },
        server,
      );
    } catch (error) {
      exchange?.settle(error, undefined);
      throw error;
    } finally {
      sending = outer;
    }
  });
}

function begin(instance: Memcached, query: Query, telemetry: Telemetry, host: Host): Exchange | undefined {
  try {
    return hasCallback(query) ? newExchange(instance, query, telemetry, host) : undefined;
  } catch (error) {
    telemetry.failed(error);
    return undefined;
  }
}

function newExchange(instance: Memcached, query: Query, telemetry: Telemetry, host: Host): Exchange | undefined {
  const scatter = isShare(query) ? scattering : undefined;
  if (scatter === undefined) {
    const operation = telemetry.begin(clientOf(instance, telemetry, host), query.type, argumentsOf(query), 0);
    return operation && new Exchange(operation, query, telemetry, undefined);
  }
  scatter.operation ??= telemetry.begin(clientOf(instance, telemetry, host), query.type, scatter.args, 0);
  if (scatter.operation === undefined) return undefined;
  return new Exchange(scatter.operation, query, telemetry, scatter.add(query));
}

/** The client refuses any other callback, such as none or an async function; one of ours in its place would be accepted. */
function hasCallback({ callback }: Query): boolean {
  return Object.prototype.toString.call(callback) === '[object Function]';
}

/** Whether a query is what one server gets of a command to several. */
function isShare({ multi, key }: Query): boolean {
  return multi === true || key === undefined;
}

/** The arguments of a query: key, value, expiry and what else it has. */
function argumentsOf({ type, key, value, lifetime, cas }: Query): readonly unknown[] {
  switch (type) {
    case 'set':
    case 'add':
    case 'replace':
      return [key, value, lifetime];
    case 'cas':
      return [key, value, lifetime, cas];
    case 'append':
    case 'prepend':
    case 'incr':
    case 'decr':
      return [key, value];
    case 'touch':
      return [key, lifetime];
    default:
      return key === undefined ? [] : [key];
  }
}

/** Where the callback of `multi` is told how many servers there are. */
const TOTAL = 3;

/** Commands that go to several servers are split here; their queries pass `command` one by one. */
function patchMulti(prototype: Memcached, host: Host): void {
  host.wrap(prototype, 'multi', (original) => {
    return function multi(this: Memcached, keys, callback) {
      const { telemetry } = host;
      if (telemetry === undefined) return original.call(this, keys, callback) as undefined;
      const outer = scattering;
      const scatter = (scattering = new Scatter(telemetry));
      const isOurs = (compile: QueryCompiler): boolean =>
        telemetry.attempt(() => !clientOf(this, telemetry, host).route.named(compile().type).ignored) === true;
      const hand = (...share: unknown[]): void => {
        const handOn = (): unknown => Reflect.apply(callback, this, share) as unknown;
        if (share[TOTAL] !== 1) handPastOthers(this, handOn, isOurs, (command) => observed(command, host));
        else handOn();
      };
      try {
        original.call(this, keys, hand);
      } finally {
        scattering = outer;
        scatter.completed();
      }
    };
  });
}

/** Here the server is known, and how long a query waits until the pool has a connection to it. */
function patchConnect(prototype: Memcached, host: Host): void {
  host.wrap(prototype, 'connect', (original) => {
    return function connect(this: Memcached, server, callback) {
      const exchange = sending;
      if (exchange === undefined) return original.call(this, server, callback) as unknown;
      // What else the command connects to are copies for redundancy.
      sending = undefined;
      exchange.hearFirst();
      let called = false;
      const result: unknown = original.call(this, server, (error: unknown, socket?: Socket) => {
        called = true;
        exchange.sent(socket || { serverAddress: server });
        if (socket) watch(socket);
        return callback(error, socket);
      });
      if (!called) exchange.waits();
      return result;
    };
  });
}

const WATCHED = Symbol('opentelemetry-instrumentation-cache.watched');

/** Whose connection is gone, or was idle for too long, is never called back by the client. */
function watch(socket: Socket & { [WATCHED]?: true }): void {
  if (socket[WATCHED]) return;
  socket[WATCHED] = true;
  socket.once('close', () => {
    const error = socket.errored ?? new ConnectionClosed();
    for (const query of socket.metaData) exchangeOf(query)?.lose(error);
  });
}

/** The client keeps sizes and some errors to itself: they are read off what it has received, before it calls back. */
function patchRawDataReceived(prototype: Memcached, host: Host): void {
  host.wrap(prototype, 'rawDataReceived', (original) => {
    return function rawDataReceived(this: Memcached, socket) {
      host.telemetry?.attempt(() => {
        readAnswers(socket);
      });
      return original.call(this, socket) as unknown;
    };
  });
}

/** The answers come in the order of the queries. */
function readAnswers({ bufferArray, metaData }: Socket): void {
  let line = 0;
  for (const query of metaData) {
    const answer = readAnswer(bufferArray, line, bytesOf);
    if (answer === undefined) return;
    const exchange = exchangeOf(query);
    if (exchange !== undefined) exchange.answer = answer;
    line = answer.end;
  }
}
