import type { Answered, Arrival } from '../../telemetry/arrivals';
import { now } from '../../telemetry/clock';
import { foreignSpans } from '../../telemetry/foreign-spans';
import type { Operation } from '../../telemetry/operation';
import { type Answer, type Audience, hear } from './answers';
import { isReady, type Known } from './clients';
import { partOf } from './connections';
import type { Args, Client, Connection, QueuedCommand } from './library';

/** Listens to one command. */
export interface Listener extends Answer, Audience {
  /** The client has taken the command. */
  readonly isQueued: boolean;
}

/** Hears of the answer to a command before those who observe it do, and hands it on to them. */
export abstract class Preceding implements Listener {
  isQueued = false;

  constructor(private readonly args: Args) {}

  queued(command: QueuedCommand): void {
    if (this.isQueued || command.args !== this.args) return;
    this.isQueued = true;
    hear(command, this);
  }

  abstract succeeded(reply: unknown): void;
  abstract failed(error: unknown): void;
}

/** Is told what became of commands: of each as an operation by itself, or of the parts of one. */
export interface Recipient {
  answered(sending: Sending, reply: unknown): void;
  failed(operation: Operation, error: unknown): void;
}

/** One command on its way over one client. No class to be derived from: the engine makes a derived one in twice the time. */
export class Sending implements Listener, Answered {
  isQueued = false;
  reply: unknown = undefined;
  next: Answered | undefined = undefined;
  private readonly wait: Wait | undefined;

  constructor(
    readonly args: Args,
    client: Client,
    facts: Known,
    readonly operation: Operation,
    private readonly recipient: Recipient,
  ) {
    // How it was sent, only a span tells.
    this.wait = operation.traced ? sendOn(client, facts, operation) : undefined;
    foreignSpans.claim(operation.args);
  }

  queued(command: QueuedCommand): void {
    if (this.isQueued || command.args !== this.args) return;
    this.isQueued = true;
    // Another instrumentation may have wrapped the client below us.
    foreignSpans.claim(this.operation.args);
    hear(command, this);
  }

  succeeded(reply: unknown): void {
    this.wait?.answered(this.operation);
    this.recipient.answered(this, reply);
  }

  failed(error: unknown): void {
    this.wait?.failed(this.operation);
    this.recipient.failed(this.operation, error);
  }

  settle(reply: unknown, arrival?: Arrival): void {
    this.operation.client.telemetry.succeed(this.operation, reply, arrival?.time);
  }
}

/** An operation goes to a client, which may have to connect first. */
export function sendOn(client: Client, facts: Known, operation: Operation): Wait | undefined {
  if (isReady(client)) {
    operation.sent(client);
    return undefined;
  }
  operation.waits();
  return (facts.wait ??= new Wait(client, facts));
}

/** What a client is asked for before it is connected waits for that. */
export class Wait {
  /** When there was a connection, as the clock tells it. */
  private over: number | undefined;

  constructor(
    private readonly client: Client,
    private readonly facts: Known,
  ) {
    // Not the client: applications listen to an object that inherits from it, and shares its listeners but not their number. When
    // the last one is removed of which the client itself knows, those of the application go too.
    const connection = partOf<Connection>(client);
    // What waits is written together with the handshake, before the client calls itself ready.
    connection?.once('connect', this.end);
    connection?.once('ready', this.end);
  }

  private readonly end = (): void => {
    if (this.over === undefined) this.over = now();
    if (this.facts.wait === this) this.facts.wait = undefined;
  };

  answered(operation: Operation): void {
    if (this.over === undefined) operation.connection = this.client;
    else operation.sent(this.client, this.over);
  }

  /** Where the operation never left the client, it did not wait for a connection but in vain. */
  failed(operation: Operation): void {
    if (this.over !== undefined) operation.sent(this.client, this.over);
  }
}
