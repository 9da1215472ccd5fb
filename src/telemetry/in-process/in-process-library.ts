import type { ClientName } from '../../types';
import type { Statistics } from '../statistics';
import type { Telemetry } from '../telemetry';
import { InProcessCache } from './in-process-cache';
import { type Contents, contentsWereRead, isMissing } from './instances';
import { callerOf, type Place } from './places';

/** What an adapter's library is patched for. */
interface Observing {
  readonly client: ClientName;
  readonly telemetry: Telemetry | undefined;
}

/** Every name that caches in this process have, by library. There are no more of them than places. */
const caches = new Map<string, InProcessCache>();
let bound: Statistics | undefined;

/** Packages whose caches are made of other caches, and that are observed themselves. */
const composers = new Map<string, Observing>();

/** The caches that a package makes are parts of its own, as long as it is observed. */
export function composes(packageName: string, host: Observing): void {
  composers.set(packageName, host);
}

// A private field can be added to what the constructor of a base class returns.
// eslint-disable-next-line @typescript-eslint/no-extraneous-class
class Given {
  constructor(instance: object) {
    return instance;
  }
}

/**
 * Which caches an instance belongs to: a private field that is added to an object of somebody else. Nobody can see it, it is there as
 * long as the object, and to read it takes 1 ns, a third of what a `WeakMap` takes.
 */
class Stamp extends Given {
  #cache: InProcessCache;
  #noted: number;

  constructor(instance: object, cache: InProcessCache) {
    super(instance);
    this.#cache = cache;
    this.#noted = cache.instances.made(instance);
  }

  static of(instance: object): InProcessCache | undefined {
    return #cache in instance ? instance.#cache : undefined;
  }

  static move(instance: object, cache: InProcessCache): void {
    (instance as Stamp).#cache = cache;
  }

  static used(instance: object): void {
    const { instances } = (instance as Stamp).#cache;
    if (isMissing((instance as Stamp).#noted)) (instance as Stamp).#noted = instances.used(instance);
  }
}

/** Counts without an operation being seen: who is to be told of them has to be found all the same. */
function wake({ onOperation, meters }: Telemetry): void {
  onOperation?.();
  meters.watch();
}

/** One loaded copy of a library of caches in this process. */
export class InProcessLibrary {
  constructor(
    private readonly host: Observing,
    private readonly read: (instance: never) => Contents,
  ) {
    this.bind();
  }

  /** Undefined: nobody observes. */
  of(instance: object): InProcessCache | undefined {
    if (this.host.telemetry === undefined) return undefined;
    return Stamp.of(instance) ?? this.adopt(instance, this.named(this.host.client));
  }

  /** As {@link of}, where the instance is written to. */
  written(instance: object): InProcessCache | undefined {
    const cache = this.of(instance);
    if (cache !== undefined) Stamp.used(instance);
    return cache;
  }

  /**
   * How a class is constructed: its instances count by the place that makes them.
   * @param args the arguments to construct with
   */
  construction(
    args?: (given: readonly unknown[], cache: InProcessCache) => readonly unknown[],
  ): ProxyHandler<Function> {
    const construct = (target: Function, given: readonly unknown[], newTarget: Function): object => {
      const cache = this.madeAt(construct);
      const used = cache === undefined ? given : (args?.(given, cache) ?? given);
      // The class itself where it is not a subclass that is constructed: it is what stack traces and inspectors show.
      const isItself = newTarget.prototype === target.prototype;
      const instance = Reflect.construct(target, used, isItself ? target : newTarget) as object;
      if (cache !== undefined) this.adopt(instance, cache);
      return instance;
    };
    return { construct };
  }

  /**
   * The caches of the place that is about to make one.
   * @param callee what that place called
   */
  private madeAt(callee: Function): InProcessCache | undefined {
    const { telemetry } = this.host;
    if (telemetry === undefined) return undefined;
    try {
      return this.ofPlace(callerOf(callee));
    } catch (error) {
      telemetry.failed(error);
      return undefined;
    }
  }

  private adopt(instance: object, cache: InProcessCache): InProcessCache {
    if (Stamp.of(instance) === undefined) new Stamp(instance, cache);
    return cache;
  }

  private ofPlace({ name, package: owner }: Place): InProcessCache {
    const cache = this.named(name);
    return owner !== undefined && composers.get(owner)?.telemetry !== undefined ? cache.part : cache;
  }

  private named(name: string): InProcessCache {
    const id = `${this.host.client} ${name}`;
    let cache = caches.get(id);
    if (cache === undefined) {
      cache = new InProcessCache(name, (instance) =>
        this.host.telemetry === undefined ? undefined : this.read(instance),
      );
      caches.set(id, cache);
      this.bind();
      cache.bind(bound!);
      wake(this.host.telemetry!);
    }
    return cache;
  }

  /** The table may be another one when the library is observed again. */
  private bind(): void {
    const { telemetry } = this.host;
    if (telemetry === undefined || telemetry.statistics === bound) return;
    bound = telemetry.statistics;
    for (const cache of caches.values()) cache.bind(bound);
    if (caches.size > 0) wake(telemetry);
  }
}

/** From now on a cache is a part of another one, which counts its operations. */
export function countAsPart(instance: unknown): void {
  if (typeof instance !== 'object' || instance === null) return;
  const cache = Stamp.of(instance);
  if (cache !== undefined) Stamp.move(instance, cache.part);
}

/** How many operations were counted. */
export function countedOperations(): number {
  let count = 0;
  for (const { gets, sets, deletes, touches, clears } of caches.values()) {
    for (const row of [gets, sets, deletes, touches, clears]) count += row.count;
  }
  return count;
}

/** What the caches in this process hold now, by their name. */
export function contentsByName(): Iterable<readonly [name: string, contents: Contents]> {
  const byName = new Map<string, Contents>();
  for (const { name, instances } of caches.values()) {
    const contents = instances.contents();
    if (contents !== undefined) byName.set(name, sum(byName.get(name), contents));
  }
  contentsWereRead();
  return byName;
}

function sum(one: Contents | undefined, other: Contents): Contents {
  if (one === undefined) return other;
  const size = one.size === undefined ? other.size : one.size + (other.size ?? 0);
  return { entries: one.entries + other.entries, size };
}
