/** SELECT, or RESET, that a server has not answered yet. */
export interface Selection {
  readonly database: number;
  readonly on: SelectedDatabase;
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
    return (this.pending = { database, on: this });
  }

  /** Also of one that the client had given up (a timeout): the server has carried it out all the same. */
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

  /** It was not carried out. Where another one follows, that decides. */
  refuse(selection: Selection): void {
    if (this.pending !== selection) return;
    this.pending = undefined;
    this.current = this.confirmed;
  }
}

const SELECT = 'select';
const RESET = 'reset';
/** Their third letters, which hardly any other command of the same length has there. */
const L = 0x6c;
const S = 0x73;
/** What a small ASCII letter has, and a capital lacks. */
const SMALL = 0x20;

/**
 * The database that a command asks for; undefined: for none. RESET puts a connection back to the first one. Every command is asked: one
 * letter tells in 4 ns, where to change the case of its name takes 24.
 */
export function databaseAskedBy(name: string, args: ArrayLike<unknown>, offset: number): number | undefined {
  if (name.length === SELECT.length) {
    return (name.charCodeAt(2) | SMALL) === L && name.toLowerCase() === SELECT ? indexOf(args[offset]) : undefined;
  }
  if (name.length !== RESET.length) return undefined;
  return (name.charCodeAt(2) | SMALL) === S && name.toLowerCase() === RESET ? 0 : undefined;
}

function indexOf(argument: unknown): number | undefined {
  const database = Number(argument);
  return Number.isInteger(database) ? database : undefined;
}
