/** What a command does to a cache: the values of `cache.operation`. */
export type CacheOperation = 'get' | 'set' | 'delete' | 'touch' | 'increment' | 'clear';

/**
 * What a command means: one frozen object per command, made once and shared by all calls. The rooms of the dialects
 * (`redis`, `memcached`) make them; `telemetry` knows nothing of either dialect.
 */
export interface Command {
  /** `db.operation.name`, upper case. */
  readonly name: string;
  /** What the command does to a cache; absent: it is no cache command. */
  readonly cacheOperation?: CacheOperation;
  /** Left alone altogether: publish and subscribe, MONITOR. */
  readonly untouched?: boolean;
  /** Belongs to the connection's own life: ignored unless `ignoreCommands` says otherwise. */
  readonly lifecycle?: boolean;
  /** Whether a call waits on the server until something happens: its duration says nothing of the server. */
  readonly blocks?: (args: ArrayLike<unknown>, offset: number) => boolean;
  /** Where the keys are; absent: the command has none. */
  readonly keys?: KeyPositions | KeyFinder;
  /** Option words that may be shown in the query text, upper case, from this argument on. */
  readonly keywords?: { readonly from: number; readonly words: ReadonlySet<string> };
  /** The name of the script or function that a call runs. */
  readonly procedure?: (args: ArrayLike<unknown>, offset: number) => string | undefined;
  /** Runs a script, which may put anything into the message of its error. */
  readonly scripted?: boolean;
  /** Reads what a successful call did: lookups, sizes, TTL. It must not keep the reply. */
  readonly read?: (outcome: Outcome, reply: unknown) => void;
}

/** Positions among the arguments, the command's name not counted, the first is 0; a negative `last` counts from the end. */
export interface KeyPositions {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Finds the indices of the keys in `args`; the command's own arguments start at `offset`. */
export type KeyFinder = (args: ArrayLike<unknown>, offset: number) => readonly number[];

/** What {@link Command.read} reads from and writes to. */
export interface Outcome {
  /** The client's own array: never to be changed or kept. */
  readonly args: ArrayLike<unknown>;
  /** Where the command's own arguments start in `args`: 0, or 1 where the first element is the command's name. */
  readonly offset: number;
  /**
   * One key was asked for.
   * @returns whether it counts as one of a cache (`cachePrefixes`): its value's size is told only then
   */
  lookup(key: unknown, hit: boolean): boolean;
  /**
   * The first arguments are keys that were asked for, and were answered in turn.
   * @param sizeOf bytes of an answer that is a hit; -1: it is a miss; -2: it does not tell
   */
  lookUpEach(answers: readonly unknown[], sizeOf: (answer: unknown) => number): void;
  /**
   * One key was written.
   * @param ttl seconds; `undefined`: it never expires; `NaN`: it can't be told (the old expiry stays)
   * @returns as {@link lookup}
   */
  wrote(key: unknown, ttl: number | undefined): boolean;
  /** Bytes of a value that was read or written; adds up. */
  sized(bytes: number): void;
  /** Seconds that a key has left from now, where the command says so. */
  expires(seconds: number): void;
  /** Keys (or fields) that were deleted. */
  deleted(count: number): void;
}
