import { deepEqual, equal, throws } from 'node:assert/strict';
import { type Answered, arrivals, readingWhole } from '../../src/telemetry/arrivals';
import type { Operation } from '../../src/telemetry/operation';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, startTelemetry } from './calls';

/** A command of an operation, as an adapter hears its answer. */
function answered(operation: Operation): Answered {
  return {
    reply: undefined,
    next: undefined,
    settle: (reply, arrival) => operation.client.telemetry.succeed(operation, reply, arrival?.time),
  };
}

describe('answers that arrive in one piece', () => {
  let sdk: Sdk;
  let telemetry: Telemetry;
  before(() => {
    sdk = createSdk();
  });
  beforeEach(() => {
    sdk.reset();
    telemetry = startTelemetry();
  });
  afterEach(() => telemetry.stop());
  after(() => sdk.dispose());

  const names = (): string[] => sdk.spans().map(({ name }) => name);

  /** What a client does with a piece: it answers the commands that were called, one after the other. */
  function client(commands: readonly string[], during: (index: number) => void = () => undefined, of = telemetry) {
    const described = clientOf(of);
    const operations = commands.map((name) => of.begin(described, name, [`${name}:1`], 0)!);
    return readingWhole(() => {
      operations.forEach((operation, index) => {
        arrivals.add(answered(operation), 'reply');
        during(index);
      });
    });
  }

  it('are settled when it has been read, with the time at which it came', async () => {
    await sdk.withParent(() => {
      const from = performance.now();
      const read = client(['get', 'hget', 'get'], () => {
        deepEqual(names(), []);
        while (performance.now() - from < 3);
      });
      read.call({}, 'piece');
      deepEqual(names(), ['GET get:*', 'HGET hget:*', 'GET get:*']);
    });
    equal(new Set(sdk.spans().map(({ endTimeUnixNano }) => endTimeUnixNano)).size, 1);
  });

  it('are settled at once where no piece is being read', async () => {
    await sdk.withParent(() => {
      const operation = telemetry.begin(clientOf(telemetry), 'get', ['a'], 0)!;
      arrivals.add(answered(operation), 'reply');
      equal(operation.settled, true);
    });
  });

  it('are settled where a listener of the application ends the reading by an exception', async () => {
    await sdk.withParent(() => {
      const failing = client(['get', 'hget'], (index) => {
        if (index === 1) throw new RangeError('of the application');
      });
      throws(() => failing.call({}, 'piece'), new RangeError('of the application'));
      deepEqual(names(), ['GET get:*', 'HGET hget:*']);
      client(['get']).call({}, 'another');
      equal(names().length, 3);
    });
  });

  it('are settled with the outer piece where one is read within another', async () => {
    await sdk.withParent(() => {
      const inner = client(['hget']);
      const outer = client(['get', 'get'], (index) => {
        if (index === 0) inner.call({}, 'piece');
        deepEqual(names(), []);
      });
      outer.call({}, 'piece');
    });
    deepEqual(names(), ['GET get:*', 'HGET hget:*', 'GET get:*']);
  });

  it('count once and lose no other where a client answers twice', async () => {
    await sdk.withParent(() => {
      const described = clientOf(telemetry);
      const [get, hget, set] = ['get', 'hget', 'set'].map((name) =>
        answered(telemetry.begin(described, name, [`${name}:1`, 'value'], 0)!),
      );
      const read = readingWhole(() => {
        for (const one of [get!, get!, hget!, get!, set!, set!]) arrivals.add(one, 'reply');
      });
      read.call({}, 'piece');
    });
    deepEqual(names(), ['GET get:*', 'HGET hget:*', 'SET set:*']);
  });

  it('may be those of two instrumentations: each settles its own', async () => {
    const heard: string[] = [];
    const other = startTelemetry({ responseHook: (_span, { cmdName }) => heard.push(cmdName) });
    await sdk.withParent(() => {
      const inner = client(['hget'], undefined, other);
      client(['get'], () => inner.call({}, 'piece')).call({}, 'piece');
    });
    other.stop();
    deepEqual(names().sort(), ['GET get:*', 'HGET hget:*']);
    deepEqual(heard, ['HGET']);
  });

  it('may be many, and come again', async () => {
    const many = Array.from({ length: 3000 }, () => 'get');
    await sdk.withParent(() => {
      for (let piece = 1; piece <= 2; piece++) {
        client(many).call({}, 'piece');
        equal(names().length, piece * many.length);
      }
    });
  });

  it('are read in its place, with its result', () => {
    const parser = { seen: '' };
    const read = readingWhole(function (this: object, piece) {
      (this as typeof parser).seen = String(piece);
      return 'result';
    });
    equal(read.call(parser, 'piece'), 'result');
    equal(parser.seen, 'piece');
  });
});
