import type { Span } from '@opentelemetry/api';
import type { InstrumentationConfig } from '@opentelemetry/instrumentation';

/** A client library, or a library of connection pools, that this package can observe. */
export type ClientName =
  | 'ioredis'
  | 'iovalkey'
  | 'redis'
  | 'memjs'
  | 'memcached'
  | 'lru-cache'
  | 'node-cache'
  | '@isaacs/ttlcache'
  | 'quick-lru'
  | 'keyv'
  | 'cache-manager'
  | 'cacheable'
  | 'unstorage'
  | 'bentocache'
  | 'generic-pool'
  | 'tarn';

/** The kinds of operations that `spans` can select. */
export type SpanSelector = 'errors' | 'slow' | 'misses';

/** What a `requestHook` is told of an operation. */
export interface RequestInfo {
  /** The client library, such as `ioredis`. */
  readonly client: string;
  /** The version of the client library, where it is known. */
  readonly moduleVersion: string | undefined;
  /** As in `db.operation.name`: `GET`, or `PIPELINE GET` for a batch. */
  readonly cmdName: string;
  /** A copy of the command's arguments. Empty for a batch. */
  readonly cmdArgs: ArrayLike<unknown>;
}

/** What a `responseHook` is told of an operation. */
export interface ResponseInfo extends RequestInfo {
  /** A copy of the reply before the client decodes it; undefined for a batch. */
  readonly response: unknown;
}

/**
 * Options of {@link CacheInstrumentation}. Each has an environment variable too (prefix
 * `OTEL_INSTRUMENTATION_CACHE_`); what is given in code wins. A value that is not accepted is reported once through
 * the OpenTelemetry diagnostics and the default is used.
 */
export interface CacheInstrumentationConfig extends InstrumentationConfig {
  /**
   * Adapters to use; a name with a leading `-` takes one out. Default: all. Libraries of pools are observed unless they are taken
   * out, for pools of clients that are observed; those that are named, for pools of anything.
   */
  clients?: readonly string[];
  /** Which operations become spans, judged when they settle. Default: `all`. */
  spans?: 'all' | 'none' | readonly SpanSelector[];
  /** What `slow` means, in milliseconds. Default: 10. */
  slowMs?: number;
  /** Spans only inside a trace that is being sampled; `false` asks the sampler every time. Default: true. */
  requireParentSpan?: boolean;
  /** Commands without spans and cache metrics. Default: those of the connection's own life and of idle polling. */
  ignoreCommands?: readonly string[];
  /** Only keys with these prefixes count as cache lookups. Default: every key. */
  cachePrefixes?: readonly string[];
  /** The text of keys in telemetry. Default: `pattern`. */
  keys?: 'pattern' | 'full' | 'none';
  /** Known key patterns, tried first, such as `session:*`. */
  keyPatterns?: readonly string[];
  /** At most this many distinct key patterns per cache; the rest is `other`. Default: 200. */
  maxKeyPatterns?: number;
  /** Attribute and metric names: `stable`, `legacy`, or both. Default: `stable`. */
  semconv?: 'stable' | 'legacy' | 'dup';
  /** How caches are called, by `host:port` or `host:port/db`; of a client of several servers, by any of them. */
  cacheNames?: Readonly<Record<string, string>>;
  /**
   * Where the cache report goes when the process ends: `stderr`, a path that ends in `.json` or `.html`, or several of these.
   * `{pid}` in a path stands for the process id. Default: nowhere.
   */
  report?: string | readonly string[];
  /** A signal that has the report written while the process runs, such as `SIGUSR2`. Default: none. */
  reportSignal?: string;
  /** Tells on spans what concerns one trace: repeated misses, and many single lookups below one span. Default: true. */
  insights?: boolean;
  /** Called with the span of an operation when it is made, that is, when the operation settles. */
  requestHook?: (span: Span, info: RequestInfo) => void;
  /** Called with the span of an operation that succeeded, right after `requestHook`, with the reply. */
  responseHook?: (span: Span, info: ResponseInfo) => void;
}
