/** Who is told when a signal is aborted. */
export interface Abortable {
  aborted(reason: unknown): void;
}

/** One listener for all calls that have a signal: Node warns of more than ten, and a request may well ask for twenty keys. */
class AbortListener {
  private static readonly bySignal = new WeakMap<AbortSignal, AbortListener>();
  private readonly waiting = new Set<Abortable>();

  private constructor(private readonly signal: AbortSignal) {}

  static of(signal: AbortSignal): AbortListener {
    let listener = AbortListener.bySignal.get(signal);
    if (listener === undefined) AbortListener.bySignal.set(signal, (listener = new AbortListener(signal)));
    return listener;
  }

  add(abortable: Abortable): void {
    if (this.waiting.size === 0) this.signal.addEventListener('abort', this);
    this.waiting.add(abortable);
  }

  delete(abortable: Abortable): void {
    if (this.waiting.delete(abortable) && this.waiting.size === 0) this.signal.removeEventListener('abort', this);
  }

  /** The signal was aborted. */
  handleEvent(): void {
    for (const abortable of [...this.waiting]) abortable.aborted(this.signal.reason);
  }
}

export function listenToAbort(signal: AbortSignal, abortable: Abortable): void {
  AbortListener.of(signal).add(abortable);
}

export function ignoreAbort(signal: AbortSignal, abortable: Abortable): void {
  AbortListener.of(signal).delete(abortable);
}
