import { replyErrorPrefix } from '../../redis/errors';
import { MOST_MEMBERS } from '../../redis/transactions';
import type { Selection } from '../../redis/selected-database';
import type { Batch } from '../../telemetry/batch';
import type { Client as Described } from '../../telemetry/client';
import type { Series } from '../../telemetry/statistics';
import type { Telemetry } from '../../telemetry/telemetry';
import type { Known } from './clients';
import { beginBatch } from './current-call';
import type { Args, Client } from './library';
import { sendOn, type Wait } from './sending';

/** A transaction of which MULTI, its members and what ends it are commands of their own: one operation. */
export class Transaction {
  /** Commands that the server has put into it through calls of their own. */
  private queued = 0;
  private readonly members: { readonly series: Series; readonly args: Args }[] = [];
  private readonly batch: Batch;
  private readonly wait: Wait | undefined;
  /** Of a member, by its place among them: EXEC tells what becomes of it. */
  private readonly selections = new Map<number, Selection>();

  constructor(
    client: Client,
    facts: Known,
    described: Described,
    private readonly telemetry: Telemetry,
  ) {
    this.batch = beginBatch('MULTI', described, telemetry);
    this.wait = sendOn(client, facts, this.batch.operation);
  }

  begun(): void {
    this.wait?.answered(this.batch.operation);
  }

  /** The next command that the server puts into it asks for a database. */
  selects(selection: Selection): void {
    this.selections.set(this.queued, selection);
  }

  /** The server has put a command into it. */
  add(args: Args): void {
    const series = this.join(args);
    this.queued++;
    if (this.members.length < MOST_MEMBERS) this.members.push({ series, args });
  }

  /** A command was not put into it. */
  addFailed(args: Args, error: unknown): void {
    const series = this.join(args);
    if (this.batch.failed.length < MOST_MEMBERS) this.fail(series, args, error);
  }

  private join(args: Args): Series {
    const series = this.batch.operation.series.route.named(String(args[0]));
    this.batch.add(series, args, 1);
    return series;
  }

  private fail(series: Series, args: Args, error: unknown): void {
    this.telemetry.memberFailed(this.batch, series, args, 1, error, replyErrorPrefix(error));
  }

  /** @param replies what EXEC answered; null: it was aborted by WATCH */
  executed(replies: unknown): void {
    if (!Array.isArray(replies)) {
      this.aborted();
      return;
    }
    // A pipeline may have put others among them.
    if (replies.length === this.queued) this.read(replies);
    this.acceptSelections();
    this.finish(undefined);
  }

  private read(replies: readonly unknown[]): void {
    this.members.forEach(({ series, args }, index) => {
      const reply: unknown = replies[index];
      if (reply instanceof Error) {
        this.refuseSelection(index);
        this.fail(series, args, reply);
      } else this.telemetry.memberSucceeded(this.batch, series, args, 1, reply);
    });
  }

  /** Nothing that its members asked for was done. */
  aborted(): void {
    this.refuseSelections();
    this.batch.abort();
    this.finish(undefined);
  }

  /** The server refuses it, or the connection is gone. */
  failed(error: unknown): void {
    this.refuseSelections();
    this.finish(error);
  }

  private acceptSelections(): void {
    this.selections.forEach((selection) => {
      selection.accept();
    });
  }

  private refuseSelections(): void {
    for (const index of this.selections.keys()) this.refuseSelection(index);
  }

  private refuseSelection(index: number): void {
    const selection = this.selections.get(index);
    if (selection === undefined) return;
    this.selections.delete(index);
    selection.refuse();
  }

  /** There is none, or none any more: nothing can be said of its members. */
  mistaken(error?: unknown): void {
    this.acceptSelections();
    this.batch.disown();
    this.finish(error);
  }

  private finish(error: unknown): void {
    this.wait?.failed(this.batch.operation);
    this.telemetry.finishBatch(this.batch, error, replyErrorPrefix(error));
  }
}
