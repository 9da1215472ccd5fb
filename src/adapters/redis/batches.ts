import type { Host } from '../../adapter';
import type { BatchKind } from '../../telemetry/batch';
import type { Telemetry } from '../../telemetry/telemetry';
import { listen, setTaker } from './answers';
import { BatchRun } from './batch-run';
import { describe, knownClient, routeTo } from './clients';
import { beginBatch, currentCall } from './current-call';
import { select } from './databases';
import type { Client, CurrentClient, EarlyClient, Queued } from './library';

type Execute = (commands: readonly Queued[], ...more: unknown[]) => unknown;

/** From 5 on. */
export function patchBatches(prototype: CurrentClient, host: Host): void {
  host.wrap(prototype, '_executeMulti', (original) => {
    return function _executeMulti(this: CurrentClient, commands: readonly Queued[], ...more: unknown[]) {
      return execute(this, original, 'MULTI', commands, more, host);
    };
  });
  host.wrap(prototype, '_executePipeline', (original) => {
    return function _executePipeline(this: CurrentClient, commands: readonly Queued[], ...more: unknown[]) {
      return execute(this, original, 'PIPELINE', commands, more, host);
    };
  });
}

/** Before 5 a transaction is told by the id of its chain, and is answered with the replies of MULTI, its members and EXEC. */
export function patchMultiExecutor(prototype: EarlyClient, host: Host): void {
  host.wrap(prototype, 'multiExecutor', (original) => {
    return function multiExecutor(this: EarlyClient, commands: readonly Queued[], ...more: unknown[]) {
      const kind = more.some((one) => typeof one === 'symbol') ? 'MULTI' : 'PIPELINE';
      return execute(this, original, kind, commands, more, host, kind === 'MULTI' ? lastOf : undefined);
    };
  });
}

function execute(
  client: Client,
  original: Execute,
  kind: BatchKind,
  commands: readonly Queued[],
  more: unknown[],
  host: Host,
  execReply: (replies: unknown) => unknown = (replies) => replies,
): unknown {
  const { telemetry } = host;
  const self = client._self ?? client;
  const run = telemetry?.attempt(() => runOn(self, kind, commands, telemetry, host));
  if (run === undefined) return original.call(client, commands, ...more);
  const before = setTaker(run);
  const heardBefore = listen(run.joining);
  let result: Promise<unknown>;
  try {
    result = original.call(client, commands, ...more) as Promise<unknown>;
  } finally {
    listen(heardBefore);
    setTaker(before);
  }
  const inCall = currentCall() !== undefined;
  return result.then(
    (replies) => {
      run.answered(execReply(replies));
      // The client takes note of the last database that was asked for by its own method.
      if (typeof more[0] === 'number') knownClient(self).ownDatabase = more[0];
      if (!inCall) run.end(undefined);
      return replies;
    },
    (error: unknown) => {
      if (!inCall) run.end(error);
      throw error;
    },
  );
}

function lastOf(replies: unknown): unknown {
  return Array.isArray(replies) ? (replies[replies.length - 1] as unknown) : replies;
}

function runOn(
  client: Client,
  kind: BatchKind,
  commands: readonly Queued[],
  telemetry: Telemetry,
  host: Host,
): BatchRun | undefined {
  const facts = knownClient(client);
  const call = currentCall();
  if (call?.batch !== undefined) {
    call.batch.sendAgain(client, facts);
    return call.batch;
  }
  const described = describe(facts, telemetry, host);
  const batch = beginBatch(kind, described, telemetry);
  const run = new BatchRun(batch, commands, telemetry, (database) => ({
    selection: select(client, facts, database),
    // A cluster and Sentinel are told as they were configured.
    route: call?.described === undefined ? routeTo(facts, database, telemetry) : undefined,
  }));
  if (run.isIgnored && run.selections === undefined && facts.transactions === undefined) return undefined;
  if (call !== undefined) call.batch = run;
  run.sendOn(client, facts);
  return run;
}
