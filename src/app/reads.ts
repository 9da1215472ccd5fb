/** Reads in flight, which a write makes outdated: what they have found must not get into a nearer level any more. */
export class Reads {
  private readonly byKey = new Map<string, { outdated: boolean; readers: number }>();

  begin(keys: readonly string[]): (key: string) => boolean {
    const reads = new Map(
      keys.map((key) => {
        const read = this.byKey.get(key) ?? { outdated: false, readers: 0 };
        this.byKey.set(key, read);
        read.readers++;
        return [key, read] as const;
      }),
    );
    return (key) => {
      const read = reads.get(key)!;
      if (--read.readers === 0 && this.byKey.get(key) === read) this.byKey.delete(key);
      return !read.outdated;
    };
  }

  outdate(keys: Iterable<string> = this.byKey.keys()): void {
    for (const key of keys) {
      const read = this.byKey.get(key);
      if (read !== undefined) read.outdated = true;
      this.byKey.delete(key);
    }
  }
}
