import { deepEqual, equal } from 'node:assert/strict';
import { ROOT_CONTEXT } from '@opentelemetry/api';
import { now } from '../../src/telemetry/clock';
import type { Telemetry } from '../../src/telemetry/telemetry';
import { UntoldCommand } from '../../src/telemetry/untold';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, startTelemetry } from './calls';

describe('a command of which no span tells', () => {
  let sdk: Sdk;
  let telemetry: Telemetry;
  before(() => {
    sdk = createSdk();
  });
  beforeEach(() => {
    telemetry = startTelemetry();
  });
  afterEach(() => telemetry.stop());
  after(() => sdk.dispose());

  /** What a client has of a command, and what it was told. */
  class Command {
    told: unknown[] = [];
    constructor(readonly args: readonly unknown[]) {}
    resolve = function (this: Command, reply: unknown): unknown {
      this.told.push(reply);
      return 'result';
    };
    reject = function (this: Command, error: unknown): void {
      this.told.push(error);
    };
  }

  function untold(args: readonly unknown[]): UntoldCommand {
    const client = clientOf(telemetry);
    return new UntoldCommand(client, client.route.named('get'), args, 0, ROOT_CONTEXT, now());
  }

  function counted(): readonly number[] {
    const { route } = clientOf(telemetry);
    const { durations, count } = route.named('get');
    const { hits, misses } = route.cache.rowOf('user:1');
    const failed = durations.failed({ type: 'Error' } as never).histogram.count;
    return [count!.count, hits, misses, durations.succeeded.histogram.count, failed];
  }

  it('is heard by its arguments alone', () => {
    const args = ['user:1'];
    const one = untold(args);
    const other = new Command(['user:1']);
    one.queued(other);
    other.resolve('value');
    deepEqual([one.isQueued, counted()], [false, [0, 0, 0, 0, 0]]);
    const own = new Command(args);
    one.queued(own);
    equal(own.resolve('value'), 'result');
    deepEqual([one.isQueued, own.told, counted()], [true, ['value'], [1, 1, 0, 1, 0]]);
  });

  it('counts once, whatever comes after its first answer', () => {
    const [answered, failed] = [new Command(['user:1']), new Command(['user:1'])];
    for (const command of [answered, failed]) untold(command.args).queued(command);
    const late = new Error('late');
    answered.resolve(null);
    answered.reject(late);
    failed.reject(late);
    failed.resolve('value');
    deepEqual(
      [answered.told, failed.told],
      [
        [null, late],
        [late, 'value'],
      ],
    );
    deepEqual(counted(), [2, 0, 1, 1, 1]);
  });
});
