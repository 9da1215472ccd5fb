import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { SCOPE_NAME } from '../semconv';
import { say } from '../say';

/** Where the threads of a process find the memory that they share. */
const SHARED = `${SCOPE_NAME}.missing-sdk`;

/** Lets the threads that are started from now on know whether it was told already. */
export function expectMissing(): void {
  setEnvironmentData(SHARED, new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Says what to install, once per process. */
export function tellMissing(): void {
  const memory = getEnvironmentData(SHARED);
  if (memory instanceof SharedArrayBuffer && Atomics.exchange(new Int32Array(memory), 0, 1) !== 0) return;
  say(`${SCOPE_NAME}: there is no OpenTelemetry SDK, so nothing is exported; npm install @opentelemetry/sdk-node`);
}
