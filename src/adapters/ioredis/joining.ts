import { isNamed } from '../../redis/names';
import { endsTransaction } from '../../redis/transactions';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Known } from './clients';
import type { Command, Redis } from './library';
import { type Tracked, trackedOf } from './tracked';
import { Transaction } from './transactions';

/**
 * Takes a command into the transaction of its connection, where there is one or where the command begins one.
 * @param alone hears of the command already; it goes on if the command turns out to be no member
 */
export function joinTransaction(
  redis: Redis,
  facts: Known,
  command: Command,
  telemetry: Telemetry,
  alone?: Tracked,
): Tracked | undefined {
  if (facts.transaction === undefined && !isNamed(command.name, 'multi')) return undefined;
  return join(redis, facts, command, telemetry, alone);
}

/** Apart, so that what each command asks is small enough to be compiled into its caller. */
function join(
  redis: Redis,
  facts: Known,
  command: Command,
  telemetry: Telemetry,
  alone: Tracked | undefined,
): Tracked | undefined {
  const open = openTransaction(redis, facts, telemetry);
  if (isNamed(command.name, 'multi')) {
    facts.transaction = new Transaction(facts, telemetry, open);
    facts.transaction.begin(command, alone);
    return facts.transaction;
  }
  if (open === undefined) return undefined;
  if (!endsTransaction(command.name)) return open.add(command, redis, alone);
  open.conclude(command, alone);
  return open;
}

/** The commands of a pipeline are about to be sent on a connection where a transaction may be open: then they are its members. */
export function joinPipelined(redis: Redis, facts: Known, queue: readonly Command[], telemetry: Telemetry): void {
  if (openTransaction(redis, facts, telemetry) === undefined) return;
  // They follow its members in the reply of EXEC, where their own transaction finds them.
  const nested = queue.some((command) => isNamed(command.name, 'multi'));
  for (const command of queue) {
    const { transaction } = facts;
    if (transaction === undefined) return;
    if (endsTransaction(command.name)) transaction.conclude(command);
    else if (isNamed(command.name, 'multi')) transaction.doubt(command);
    else if (!nested) transaction.add(command, redis, trackedOf(command));
  }
}

function openTransaction(redis: Redis, facts: Known, telemetry: Telemetry): Transaction | undefined {
  if (facts.transaction?.isCurrent(redis, telemetry) === false) facts.transaction.abandon();
  return facts.transaction;
}
