import type { Host } from '../../adapter';
import { Call } from './calls';
import { currentCall } from './current-call';
import type { CurrentClient, EarlyClient } from './library';
import { runAsWhole } from './sole-spans';

/** A script that the server does not know is sent once more, whole: both are one operation. */
export function patchScripts(prototype: CurrentClient & EarlyClient, host: Host): void {
  host.wrap(prototype, '_executeScript' in prototype ? '_executeScript' : 'executeScript', (original) => {
    return function executeScript(this: CurrentClient, ...parameters: unknown[]): unknown {
      const { telemetry } = host;
      const run = () => original.apply(this, parameters) as Promise<unknown>;
      if (telemetry === undefined || currentCall() !== undefined) return run();
      return Call.run(new Call(undefined, telemetry, undefined, undefined), () => runAsWhole(telemetry, run));
    };
  });
}
