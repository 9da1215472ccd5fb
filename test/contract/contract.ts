import { describeObservation } from './observation';
import { describeOptions } from './options';
import { describeTransparency } from './transparency';
import { describePatching } from './patching';
import type { Subject } from './subject';

export type { Callback, Connection, Key, PatchedMethod, Subject } from './subject';

/** What every adapter must hold, against a real server: call it once per client library. */
export function describeContract(subject: Subject): void {
  describe(`${subject.client}: contract`, () => {
    let server: { stop(): Promise<void> };
    before(async () => {
      server = await subject.start();
    });
    after(() => server.stop());
    describeTransparency(subject);
    describeObservation(subject);
    describeOptions(subject);
    describePatching(subject);
  });
}
