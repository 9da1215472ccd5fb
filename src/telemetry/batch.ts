import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Client } from './client';
import type { Command } from './command';
import type { Failure } from './errors';
import { Operation } from './operation';
import { isKeyAlone } from './query-text';
import type { Series } from './statistics';

export type BatchKind = 'PIPELINE' | 'MULTI';

/** Members whose query text is shown. */
const MOST_TEXTS = 10;
/** Batch commands that are told apart: as many as there are commands, and a rest. */
const MOST_COMMANDS = 1000;

/** One member, as far as its query text needs it. */
export interface Member {
  readonly series: Series;
  readonly args: ArrayLike<unknown>;
  readonly offset: number;
  /** The name of the script that it runs, where only the adapter knows it. */
  readonly procedure: string | undefined;
}

/**
 * Several commands sent as one operation. Its members are counted one by one as they are answered; the operation sums them
 * up. A batch of one is the plain command.
 */
export class Batch {
  /** Members that are not ignored. */
  size = 0;
  /** Why the first member failed that did. */
  failure: Failure | undefined = undefined;
  /** The members that failed. */
  failed: Operation[] = [];
  shown: Member[] = [];
  /** Nothing that its members asked for was done (WATCH, DISCARD): it must not pass for them. */
  aborted = false;
  /** A member waits on the server: the duration says nothing of the server. */
  blocks = false;
  /** How many members have turned out to belong elsewhere. */
  departed = 0;
  /** All its members are ignored, or would be as single calls. */
  idle = true;
  /** What the member of a batch of one was answered. */
  reply: unknown = undefined;
  /** The command of its members, where all are alike. */
  private alike: Command | undefined = undefined;
  private reused: Operation | undefined = undefined;

  constructor(
    readonly kind: BatchKind,
    readonly operation: Operation,
  ) {}

  /** A batch that could not be observed: it tells nothing. */
  static unseen(kind: BatchKind, client: Client, series: Series): Batch {
    const operation = new Operation(client, series, [], 0, ROOT_CONTEXT, false, 0);
    operation.settled = true;
    return new Batch(kind, operation);
  }

  add(series: Series, args: ArrayLike<unknown>, offset: number, procedure?: string): void {
    if (series.ignored) return;
    // Inside of a transaction the server never waits.
    const blocks = this.kind === 'PIPELINE' && series.blocks?.(args, offset) === true;
    if (blocks) this.blocks = true;
    if (!blocks || !series.ignoresBlocking) this.idle = false;
    this.alike = this.size === 0 || this.alike === series.command ? series.command : undefined;
    this.size++;
    if (this.shown.length < MOST_TEXTS) this.shown.push({ series, args, offset, procedure });
  }

  /** The members of another one, none of which was answered yet, belong to this one. */
  join({ size, shown, alike, idle }: Batch): void {
    if (size === 0) return;
    this.alike = this.size === 0 || this.alike === alike ? alike : undefined;
    this.size += size;
    this.shown = [...this.shown, ...shown].slice(0, MOST_TEXTS);
    this.idle &&= idle;
  }

  /** A member failed: for good, unless the batch is sent once more. */
  fail(member: Operation, failure: Failure): void {
    this.failure ??= failure;
    this.failed.push(member);
  }

  /** The client sends the whole batch once more: what failed so far does not count. */
  retry(): void {
    this.failure = undefined;
    this.failed = [];
  }

  /** A member belongs elsewhere; at the end {@link keep} is to be called with the others. */
  depart(): void {
    this.size--;
    this.departed++;
  }

  /** Some members belong elsewhere: these are left. Where there are none, this was no operation. */
  keep(members: Iterable<Member>): void {
    this.empty();
    for (const { series, args, offset, procedure } of members) this.add(series, args, offset, procedure);
    if (this.size === 0) this.operation.settled = true;
  }

  private empty(): void {
    this.size = 0;
    this.shown = [];
    this.alike = undefined;
    this.blocks = false;
    this.idle = true;
  }

  /** A member went another way than it was expected to. */
  reroute(args: ArrayLike<unknown>, series: Series): void {
    this.shown = this.shown.map((member) => (member.args === args ? { ...member, series } : member));
  }

  /** What its members asked for was not done. */
  abort(): void {
    this.aborted = true;
    this.failed = [];
  }

  /** What was taken for its members are commands of their own. */
  disown(): void {
    this.empty();
    this.retry();
  }

  /** The member of a batch of one, which is the plain command. */
  get only(): Member | undefined {
    return this.size === 1 && !this.aborted ? this.shown[0] : undefined;
  }

  /** The series of its members, where each has looked up one key and all these keys have one pattern. */
  get uniform(): Series | undefined {
    const { row, hits, misses } = this.operation;
    if (this.alike === undefined || row === undefined || this.failed.length > 0) return undefined;
    return hits + misses === this.size && this.shown.every(isKeyAlone) ? this.shown[0]?.series : undefined;
  }

  /** The series that the operation belongs to, now that its members are known. */
  series(): Series {
    if (this.only !== undefined) return this.only.series;
    const { route } = this.operation.series;
    if (this.aborted) return route.of(batchCommand(this.kind, undefined));
    // A batch that selects another database first has done all its work there.
    return (this.shown[0]?.series.route ?? route).of(batchCommand(this.kind, this.alike));
  }

  /** An operation of a member. */
  member(series: Series, args: ArrayLike<unknown>, offset: number): Operation {
    const { client, context, startTime } = this.operation;
    return new Operation(client, series, args, offset, context, false, startTime);
  }

  /** The same for all members, one after the other: it takes what one reads and writes. */
  scratch(series: Series, args: ArrayLike<unknown>, offset: number): Operation {
    if (this.reused === undefined) this.reused = this.member(series, args, offset);
    else this.reused.reuse(series, args, offset);
    return this.reused;
  }

  /** Adds what a member did. */
  absorb(member: Operation): void {
    this.operation.absorb(member);
    if (this.size === 1) this.operation.ttl = member.ttl;
  }
}

const commands = new Map<string, Command>();

function batchCommand(kind: BatchKind, alike: Command | undefined): Command {
  const name = alike === undefined ? kind : `${kind} ${alike.name}`;
  let command = commands.get(name);
  if (command === undefined) {
    if (commands.size >= MOST_COMMANDS) return batchCommand(kind, undefined);
    commands.set(name, (command = Object.freeze({ name })));
  }
  return command;
}
