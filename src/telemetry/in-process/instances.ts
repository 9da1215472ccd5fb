/** How one cache stands now. */
export interface Contents {
  readonly entries: number;
  /** In the unit that the library or the application counts in; undefined: it counts none. */
  readonly size: number | undefined;
}

/** Caches of one name that are listed when they are made, between two collections of the metrics. */
const MOST_NEW = 1000;
/** Caches of one name whose contents are told. */
const MOST = 10_000;
/** Later than every collection. */
const LISTED = 2 ** 30;

/** How often the contents were read. */
let collections = 0;

/** From now on caches that are used and not listed have lived through a collection. */
export function contentsWereRead(): void {
  collections++;
}

/**
 * The instances of one name, without keeping them alive. A `WeakRef` is dear: it takes a while to make, and it keeps its target until
 * the job ends. So caches that come and go in masses have none: a few are listed when they are made, and of the others only
 * those that are written to after the metrics were collected once more.
 */
export class Instances {
  private readonly listed = new Set<WeakRef<object>>();
  private fresh = 0;

  /** @param read undefined: it is not observed now */
  constructor(private readonly read: (instance: never) => Contents | undefined) {}

  /** @returns the time to note for the instance, to be given to {@link isMissing} */
  made(instance: object): number {
    if (this.fresh >= MOST_NEW || this.listed.size >= MOST) return collections;
    this.fresh++;
    this.listed.add(new WeakRef(instance));
    return LISTED;
  }

  /** An instance that {@link isMissing} is in use. */
  used(instance: object): number {
    if (this.listed.size >= MOST) return collections;
    this.listed.add(new WeakRef(instance));
    return LISTED;
  }

  /** What all of them that are alive have together; undefined: there is none. */
  contents(): Contents | undefined {
    let entries: number | undefined;
    let size: number | undefined;
    this.fresh = 0;
    for (const reference of this.listed) {
      const instance = reference.deref();
      if (instance === undefined) this.listed.delete(reference);
      else {
        const contents = this.contentsOf(instance);
        if (contents === undefined) continue;
        entries = (entries ?? 0) + contents.entries;
        if (contents.size !== undefined) size = (size ?? 0) + contents.size;
      }
    }
    return entries === undefined ? undefined : { entries, size };
  }

  private contentsOf(instance: object): Contents | undefined {
    try {
      return this.read(instance as never);
    } catch {
      return undefined;
    }
  }
}

/** Whether an instance is not listed and has lived through a collection. */
export function isMissing(noted: number): boolean {
  return noted < collections;
}
