import type { Host } from '../../adapter';
import { isQueued } from '../../redis/transactions';
import { databaseAskedBy, type Selection } from '../../redis/selected-database';
import type { Telemetry } from '../../telemetry/telemetry';
import { FOLLOWED, type Known, knownOf } from './clients';
import type { Command, Redis } from './library';

/** What a command that selects a database has asked for, by its arguments: when it passes again, on its new connection. */
const selections = new WeakMap<Command['args'], { readonly facts: Known; readonly selection: Selection }>();

/**
 * Follows the database that a connection uses, whoever sends the command: the application, or the client when it has connected. What
 * the client itself believes is not enough: it takes no note of a refusal, of RESET, nor of what a transaction did not do.
 */
export function followDatabase(redis: Redis, command: Command, telemetry: Telemetry, host: Host): void {
  const database = databaseAskedBy(command.name, command.args, 0);
  if (database !== undefined) follow(redis, command, database, telemetry, host);
}

function follow(redis: Redis, command: Command, database: number, telemetry: Telemetry, host: Host): void {
  const { args, resolve, reject } = command;
  const facts = telemetry.attempt(() => knownOf(redis, telemetry, host));
  if (facts === undefined) return;
  selections.set(args, { facts, selection: facts.selected.select(database) });
  facts.believed = FOLLOWED;
  command.resolve = (reply) => {
    const result = resolve.call(command, reply);
    if (!isQueued(reply)) settleSelection(args, true);
    return result;
  };
  command.reject = (error) => {
    reject.call(command, error);
    settleSelection(args, false);
  };
}

/** Who wants to hear that such a command was refused, by its arguments. */
const refusals = new WeakMap<Command['args'], () => void>();

/** Before what follows the command is answered. */
export function onRefusal(args: Command['args'], refused: () => void): void {
  refusals.set(args, refused);
}

/** @param done whether the server has carried it out; of the member of a transaction EXEC tells */
export function settleSelection(args: Command['args'], done: boolean): void {
  const asked = selections.get(args);
  if (asked === undefined) return;
  const { facts, selection } = asked;
  if (done) selection.accept();
  else selection.refuse();
  facts.believed = FOLLOWED;
  if (!done) refusals.get(args)?.();
}
