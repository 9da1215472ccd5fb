/** What a server answered to one command: the same for the text and the binary protocol; made by the adapters. */
export interface Reply {
  /** It did what it was asked to; false: it found nothing, or a condition was not met (NOT_FOUND, EXISTS, NOT_STORED). */
  readonly done: boolean;
  /** Bytes of the values that were read or written. */
  readonly bytes: number;
  /** Where several keys were asked for: bytes of the values that were found, by their keys. */
  readonly found?: ReadonlyMap<unknown, number>;
  /** What the client hands on, for hooks. */
  readonly value: unknown;
}
