import assert from 'node:assert/strict';
import { createSdk, type Sdk } from '../support/sdk';
import { clientOf, run, startTelemetry } from './calls';

/** Commands whose keys are found call by call: with keys of the cache, and with others. */
const MOVABLE: readonly (readonly [name: string, args: (key: string) => readonly unknown[], operation: string])[] = [
  ['msetex', (key) => [1, key, 'value'], 'set'],
  ['get', (key) => [key], 'get'],
];

describe('cachePrefixes', () => {
  let sdk: Sdk;
  beforeEach(() => {
    sdk = createSdk();
  });
  afterEach(() => sdk.dispose());

  for (const [name, args, operation] of MOVABLE) {
    for (const failed of [false, true]) {
      it(`${name.toUpperCase()}${failed ? ' that fails' : ''}: only keys with the prefix are operations on the cache`, async () => {
        const telemetry = startTelemetry({ cachePrefixes: ['cache:'] });
        const client = clientOf(telemetry);
        const count = async (): Promise<number> =>
          (await sdk.collectMetrics())
            .filter(
              ({ name: metric, attributes }) =>
                metric === 'cache.operations' && attributes['cache.operation'] === operation,
            )
            .reduce((sum, { value }) => sum + Number(value), 0);
        const reply = failed ? new Error('ERR wrong') : null;
        run(telemetry, client, name, args('lock:1'), reply);
        assert.equal(await count(), 0);
        run(telemetry, client, name, args('cache:1'), reply);
        run(telemetry, client, name, args('cache:2'), reply);
        assert.equal(await count(), 2);
        telemetry.stop();
      });
    }
  }
});
