import type { Host } from '../../adapter';
import { replyErrorPrefix } from '../../redis/errors';
import { isQueued } from '../../redis/transactions';
import { databaseAskedBy, type Selection } from '../../redis/selected-database';
import { arrivals } from '../../telemetry/arrivals';
import type { Client as Described } from '../../telemetry/client';
import { now } from '../../telemetry/clock';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Telemetry } from '../../telemetry/telemetry';
import { UntoldCommand } from '../../telemetry/untold';
import { hearPromise, listen } from './answers';
import { describe, type Known, knownClient } from './clients';
import { currentCall } from './current-call';
import { select, selectsByOwnMethod } from './databases';
import type { Args, Client, CurrentClient } from './library';
import { delayedSince } from './delays';
import { type Listener, Preceding, type Recipient, Sending } from './sending';
import { beginsTransaction, joinTransactions } from './transactions';

/** From 5 on every single command passes here: methods of any casing, raw commands, those of pools, clusters and Sentinel. */
export function patchSendCommand(prototype: CurrentClient, host: Host): void {
  host.wrap(prototype, 'sendCommand', (original) => {
    return function sendCommand(this: CurrentClient, args: Args, options?: unknown): unknown {
      const { telemetry } = host;
      const listener = telemetry && listenTo(this, args, telemetry, host);
      if (listener === undefined) return original.call(this, args, options);
      const before = listen(listener);
      let result: Promise<unknown>;
      try {
        result = original.call(this, args, options) as Promise<unknown>;
      } finally {
        listen(before);
      }
      // The client refuses what it can't queue: it is closed, the queue is full, the signal has been aborted.
      return listener.isQueued ? result : hearPromise(result, listener);
    };
  });
}

/** Begins to observe a command that a client is about to send; undefined: it is not of interest. Throws nothing. */
export function listenTo(client: Client, args: Args, telemetry: Telemetry, host: Host): Listener | undefined {
  try {
    return listener(client._self ?? client, args, telemetry, host);
  } catch (error) {
    telemetry.failed(error);
    return undefined;
  }
}

function listener(self: Client, args: Args, telemetry: Telemetry, host: Host): Listener | undefined {
  const facts = knownClient(self);
  const name = String(args[0]);
  const database = databaseAskedBy(name, args, 1);
  if (database === undefined) return begin(self, facts, name, args, telemetry, host);
  return selecting(self, facts, database, args, telemetry, host);
}

function selecting(
  self: Client,
  facts: Known,
  database: number,
  args: Args,
  telemetry: Telemetry,
  host: Host,
): Listener {
  const observed = telemetry.attempt(() => begin(self, facts, String(args[0]), args, telemetry, host));
  return new Selecting(args, facts, select(self, facts, database), observed);
}

/** May throw. */
function begin(
  client: Client,
  facts: Known,
  name: string,
  args: Args,
  telemetry: Telemetry,
  host: Host,
): Listener | undefined {
  const described = describe(facts, telemetry, host);
  const alone = observe(client, facts, described, name, args, telemetry);
  if (facts.transactions === undefined && !beginsTransaction(name)) return alone;
  return joinTransactions(client, facts, described, args, telemetry, alone);
}

/** Begins to observe a command by itself. May throw. */
function observe(
  client: Client,
  facts: Known,
  described: Described,
  name: string,
  args: Args,
  telemetry: Telemetry,
): Listener | undefined {
  const call = currentCall();
  if (call !== undefined) return call.join(client, facts, described, args);
  const since = delayedSince();
  const series = telemetry.observes(described, name, args, 1);
  if (series === undefined) return undefined;
  const context = telemetry.enterCall();
  const startTime = since ?? now();
  if (!foreignSpans.isEnabled && !telemetry.mayTell(context)) {
    return new UntoldCommand(described, series, args, 1, context, startTime);
  }
  const operation = telemetry.operation(described, series, args, 1, context, startTime);
  if (since !== undefined) operation.waits();
  return new Sending(args, client, facts, operation, SINGLES);
}

/** Is told what became of commands that are operations by themselves. */
const SINGLES: Recipient = {
  answered(sending, reply) {
    if (!foreignSpans.isEnabled) {
      arrivals.add(sending, reply);
      return;
    }
    const { operation } = sending;
    // Another instrumentation ends its span with the answer: what is to go on it has to be known at once.
    operation.client.telemetry.succeed(operation, reply);
    foreignSpans.describe(operation);
  },

  failed(operation, error) {
    operation.client.telemetry.fail(operation, error, replyErrorPrefix(error));
    foreignSpans.describe(operation);
  },
};

/** Follows the database that a client uses: from the call on, as the commands after it go there too. */
class Selecting extends Preceding {
  private readonly isOwn = selectsByOwnMethod();

  constructor(
    args: Args,
    private readonly facts: Known,
    private readonly selection: Selection,
    private readonly observed: Listener | undefined,
  ) {
    super(args);
  }

  succeeded(reply: unknown): void {
    const { selection, facts } = this;
    if (!isQueued(reply) || facts.transactions?.selects(selection) !== true) selection.accept();
    if (this.isOwn) facts.ownDatabase = selection.database;
    this.observed?.succeeded(reply);
  }

  failed(error: unknown): void {
    this.selection.refuse();
    this.observed?.failed(error);
  }
}
