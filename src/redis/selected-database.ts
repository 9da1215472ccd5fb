import { isNamed } from './names';

/** SELECT, or RESET, that a server has not answered yet. */
export class Selection {
  constructor(
    readonly database: number,
    private readonly on: SelectedDatabase,
  ) {}

  /** Also one that the client had given up (a timeout): the server has carried it out all the same. */
  accept(): void {
    this.on.accept(this);
  }

  /** It was not carried out. Where another one follows, that decides. */
  refuse(): void {
    this.on.refuse(this);
  }
}

/** The database that one connection uses. The commands behind a SELECT go where it leads, so it counts from the call on. */
export class SelectedDatabase {
  /** What the next command finds, unless the server refuses what was asked for. */
  current: number;
  /** The last one that was asked for, until it is answered. */
  private pending: Selection | undefined = undefined;

  /** @param confirmed what the connection uses if everything that is asked for is refused */
  constructor(
    asked: number,
    private confirmed = asked,
  ) {
    this.current = asked;
  }

  select(database: number): Selection {
    this.current = database;
    return (this.pending = new Selection(database, this));
  }

  /** See {@link Selection.accept}. */
  accept(selection: Selection): void {
    this.confirmed = selection.database;
    if (this.pending === selection) this.pending = undefined;
    if (this.pending === undefined) this.current = this.confirmed;
  }

  /** There is a new connection, which uses this one; what has not been sent yet will be sent over it. */
  reconnect(database: number): void {
    this.confirmed = database;
    this.current = this.pending?.database ?? database;
  }

  /** See {@link Selection.refuse}. */
  refuse(selection: Selection): void {
    if (this.pending !== selection) return;
    this.pending = undefined;
    this.current = this.confirmed;
  }
}

/** The database that a command asks for; undefined: for none. RESET puts a connection back to the first one. */
export function databaseAskedBy(name: string, args: ArrayLike<unknown>, offset: number): number | undefined {
  if (isNamed(name, 'select')) return indexOf(args[offset]);
  return isNamed(name, 'reset') ? 0 : undefined;
}

function indexOf(argument: unknown): number | undefined {
  const database = Number(argument);
  return Number.isInteger(database) ? database : undefined;
}
