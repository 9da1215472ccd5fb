/** Reads, or writes, in flight, which a later change makes outdated: what they have must not stay in a nearer level. */
export class InFlight {
  private readonly byKey = new Map<string, { outdated: boolean; calls: number }>();

  /** @returns whether what was begun is not outdated for one of its keys; to be asked once for each, for that ends it */
  begin(keys: readonly string[]): (key: string) => boolean {
    const begun = new Map(
      keys.map((key) => {
        const one = this.byKey.get(key) ?? { outdated: false, calls: 0 };
        this.byKey.set(key, one);
        one.calls++;
        return [key, one] as const;
      }),
    );
    return (key) => {
      const one = begun.get(key)!;
      if (--one.calls === 0 && this.byKey.get(key) === one) this.byKey.delete(key);
      return !one.outdated;
    };
  }

  outdate(keys: Iterable<string> = this.byKey.keys()): void {
    for (const key of keys) {
      const one = this.byKey.get(key);
      if (one !== undefined) one.outdated = true;
      this.byKey.delete(key);
    }
  }
}
