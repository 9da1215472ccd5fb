import type { Settings } from '../config';
import { Cache, type CountRow } from './cache';
import { now } from './clock';
import type { Command } from './command';
import { Connections } from './connections';
import { TimeScale } from './detail/timeline';
import { Durations, type Target, targetAttributes } from './durations';
import { hostPort } from './endpoint';

/** Ways to caches that are told apart; the rest counts as one. Only a client per request could make so many. */
const MOST_ROUTES = 1000;
/** Caches that are told apart; the rest counts as one. Only an application that makes up their names has so many. */
const MOST_CACHES = 2000;
/** The cache, and the server address in metrics, of the rest. */
const OTHER = 'other';
/** Distinct wire names (`get`, `GET`, ...) of commands that one route remembers. */
const MOST_NAMES = 1000;

/** Everything that is counted and measured: one table, read when metrics are collected and when a report is made. */
export class Statistics {
  readonly connections = new Connections();
  private readonly cachesByName = new Map<string, Cache>();
  private readonly durationsById = new Map<string, Durations>();
  private readonly routes = new Map<string, Route>();

  /** Set while a report is wanted. */
  detail: TimeScale | undefined = undefined;
  /** Epoch milliseconds. */
  readonly startedAt = Date.now();

  constructor(private settings: Settings) {
    if (wantsReport(settings)) this.recordDetail();
  }

  /** Records from now on what only a report tells. */
  recordDetail(): TimeScale {
    this.detail ??= new TimeScale(now());
    for (const cache of this.caches()) cache.recordDetail(this.detail);
    return this.detail;
  }

  /** Takes new settings; what was counted stays. Routes have to be asked for again. */
  configure(settings: Settings): void {
    this.settings = settings;
    this.routes.clear();
    for (const cache of this.caches()) cache.configure(settings);
    if (wantsReport(settings)) this.recordDetail();
  }

  /**
   * The way to a cache: made once for all clients that go to the same target under the same name.
   * @param ownName the client's own name option, where it has one
   * @param dialect finds the command by the name that the client gives it
   */
  route(target: Target, ownName: string | undefined, dialect: (name: string) => Command): Route {
    const name = this.cacheName(target, ownName);
    const id = `${name}\n${targetId(target)}`;
    let route = this.routes.get(id);
    if (route !== undefined) return route;
    if (this.routes.size >= MOST_ROUTES) {
      const other = { ...target, endpoint: { address: OTHER } };
      return new Route(target, other, this.cache(OTHER), dialect, this, this.settings);
    }
    route = new Route(target, target, this.cache(name), dialect, this, this.settings);
    this.routes.set(id, route);
    return route;
  }

  /**
   * `cacheNames` by `host:port/db` or `host:port`, of all servers in one or of the first that has a name, else the client's own name, else
   * `host:port`, with `/db` if not 0.
   */
  private cacheName({ endpoint, namespace }: Target, ownName: string | undefined): string {
    const address = hostPort(endpoint);
    const database = namespace === undefined || namespace === '0' ? '' : `/${namespace}`;
    const { cacheNames } = this.settings;
    for (const server of [address, ...address.split(',')]) {
      const name = cacheNames.get(server + database) ?? cacheNames.get(server);
      if (name !== undefined) return name;
    }
    return ownName ?? address + database;
  }

  cache(name: string): Cache {
    let cache = this.cachesByName.get(name);
    if (cache !== undefined) return cache;
    if (this.cachesByName.size >= MOST_CACHES && name !== OTHER) return this.cache(OTHER);
    this.cachesByName.set(name, (cache = new Cache(name, this.settings)));
    if (this.detail !== undefined) cache.recordDetail(this.detail);
    return cache;
  }

  durations(target: Target, operation: string): Durations {
    const id = `${operation}\n${targetId(target)}`;
    let durations = this.durationsById.get(id);
    if (durations === undefined) {
      durations = new Durations(targetAttributes(target, operation));
      this.durationsById.set(id, durations);
    }
    return durations;
  }

  caches(): Iterable<Cache> {
    return this.cachesByName.values();
  }

  allDurations(): Iterable<Durations> {
    return this.durationsById.values();
  }
}

function wantsReport({ report, reportSignal }: Settings): boolean {
  return report !== undefined || reportSignal !== undefined;
}

function targetId({ system, endpoint, namespace }: Target): string {
  return `${system}\n${endpoint.address}\n${endpoint.port ?? ''}\n${namespace ?? ''}`;
}

/** One cache as it is reached at one target. */
export class Route {
  private readonly byCommand = new Map<Command, Series>();
  private readonly byName = new Map<string, Series>();
  /** The last name that was asked for: most often the next one too. */
  private lastName: string | undefined = undefined;
  private lastSeries: Series | undefined = undefined;

  constructor(
    readonly target: Target,
    /** The target as metrics tell it. */
    private readonly measured: Target,
    readonly cache: Cache,
    private readonly dialect: (name: string) => Command,
    private readonly statistics: Statistics,
    private readonly settings: Settings,
  ) {}

  /** The series of a command by the name that the client gave it. */
  named(name: string): Series {
    if (name === this.lastName) return this.lastSeries!;
    const series = this.byName.get(name) ?? this.remember(name);
    this.lastName = name;
    return (this.lastSeries = series);
  }

  private remember(name: string): Series {
    const series = this.of(this.dialect(name));
    if (this.byName.size < MOST_NAMES) this.byName.set(name, series);
    return series;
  }

  of(command: Command): Series {
    let series = this.byCommand.get(command);
    if (series === undefined) {
      const { cacheOperation } = command;
      const count = cacheOperation === undefined ? undefined : this.cache.countRow(cacheOperation, this.target.system);
      series = new Series(this, command, count, this.statistics.durations(this.measured, command.name), this.settings);
      this.byCommand.set(command, series);
    }
    return series;
  }
}

/** One command on one route: everything that is the same in each of its calls. */
export class Series {
  /** No spans and no metrics. */
  readonly ignored: boolean;
  /** Single calls are ignored where they wait for something to happen. */
  readonly ignoresBlocking: boolean;
  // What is asked at each call. Commands have other fields each, so that the engine has to look for one in many kinds of objects.
  readonly read: Command['read'] | undefined;
  readonly blocks: Command['blocks'] | undefined;
  readonly procedure: Command['procedure'] | undefined;
  private readonly summaries = new Map<string, string>();

  constructor(
    readonly route: Route,
    readonly command: Command,
    readonly count: CountRow | undefined,
    readonly durations: Durations,
    settings: Settings,
  ) {
    this.read = command.read;
    this.blocks = command.blocks;
    this.procedure = command.procedure;
    this.ignored = isIgnored(command, settings);
    this.ignoresBlocking = command.blocks !== undefined && settings.ignoreCommands === undefined;
  }

  /** `{OPERATION} {key pattern}`; there are no more of them than patterns. */
  summary(pattern: string): string {
    let summary = this.summaries.get(pattern);
    if (summary === undefined) this.summaries.set(pattern, (summary = `${this.command.name} ${pattern}`));
    return summary;
  }
}

function isIgnored(command: Command, { ignoreCommands }: Settings): boolean {
  if (command.untouched === true) return true;
  return ignoreCommands === undefined ? command.lifecycle === true : ignoreCommands.has(command.name);
}
