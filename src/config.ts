import { inspect } from 'node:util';
import { diag } from '@opentelemetry/api';
import {
  ALL_SPANS,
  parseBoolean,
  parseCacheNames,
  parseCommands,
  parseHook,
  parseList,
  parseNumber,
  parseOneOf,
  parseReport,
  parseSignal,
  parseSpans,
  type SpanPolicy,
} from './option-values';
import { SCOPE_NAME } from './semconv';
import type { CacheInstrumentationConfig, ClientName } from './types';

export const ENVIRONMENT_PREFIX = 'OTEL_INSTRUMENTATION_CACHE_';

/** It concerns the preload alone, and so is no option. */
export const DIAGNOSE = `${ENVIRONMENT_PREFIX}DIAGNOSE`;

export type { SpanPolicy };

/** How a warning calls what `new CacheInstrumentation` and `setConfig` are given. */
export const CONFIGURATION = 'the configuration';

/** The options after parsing: what the code reads. */
export interface Settings {
  readonly enabled: boolean;
  /** Names of adapters, `-name` for those taken out; empty: all. */
  readonly clients: readonly string[];
  readonly spans: SpanPolicy;
  readonly slowMs: number;
  readonly requireParentSpan: boolean;
  /** Upper case; undefined: the commands' own defaults. */
  readonly ignoreCommands: ReadonlySet<string> | undefined;
  readonly cachePrefixes: readonly string[];
  readonly keys: 'pattern' | 'full' | 'none';
  readonly keyPatterns: readonly string[];
  readonly maxKeyPatterns: number;
  readonly semconv: 'stable' | 'legacy' | 'dup';
  readonly cacheNames: ReadonlyMap<string, string>;
  /** Where reports go; undefined: nowhere. */
  readonly report: readonly string[] | undefined;
  readonly reportSignal: NodeJS.Signals | undefined;
  readonly insights: boolean;
  readonly requestHook: CacheInstrumentationConfig['requestHook'];
  readonly responseHook: CacheInstrumentationConfig['responseHook'];
}

/** One option: how it is named, what it accepts and what it is by default. */
export interface Option<T> {
  /** The environment variable without its prefix; absent: code only. */
  readonly variable?: string;
  readonly default: T;
  /** The default as the README says it. */
  readonly defaultText: string;
  /** What is accepted, as a warning says it. */
  readonly accepts: string;
  /** The value, or undefined when it is not accepted. Variables come as strings, and so may values given in code. */
  readonly parse: (value: unknown) => T | undefined;
}

/** The libraries that there are adapters for. */
export const CLIENT_NAMES: readonly ClientName[] = [
  'ioredis',
  'iovalkey',
  'redis',
  'memjs',
  'memcached',
  'lru-cache',
  'node-cache',
  '@isaacs/ttlcache',
  'quick-lru',
  'keyv',
  'cache-manager',
  'cacheable',
  'unstorage',
  'bentocache',
  'generic-pool',
  'tarn',
];

function parseClients(value: unknown): readonly string[] | undefined {
  const names = parseList(value);
  return names?.every((name) => (CLIENT_NAMES as readonly string[]).includes(name.replace(/^-/, '')))
    ? names
    : undefined;
}

const NONE: readonly string[] = Object.freeze([]);
const LIST = 'a comma list, or an array of strings in code';

/** Every option, in the order of the README's table. */
export const OPTIONS: { readonly [K in keyof Settings]: Option<Settings[K]> } = {
  enabled: option('ENABLED', true, '`true`', '`true` or `false`', parseBoolean),
  clients: option(
    'CLIENTS',
    NONE,
    'all',
    `${LIST}, out of ${CLIENT_NAMES.map((name) => `\`${name}\``).join(', ')}; \`-name\` takes one out`,
    parseClients,
  ),
  spans: option('SPANS', ALL_SPANS, '`all`', '`all`, `none`, or a list out of `errors`, `slow`, `misses`', parseSpans),
  slowMs: option('SLOW_MS', 10, '`10`', 'a number of milliseconds, 0 or more', parseNumber(0, false)),
  requireParentSpan: option('REQUIRE_PARENT_SPAN', true, '`true`', '`true` or `false`', parseBoolean),
  ignoreCommands: option<ReadonlySet<string> | undefined>(
    'IGNORE_COMMANDS',
    undefined,
    'lifecycle and idle-polling commands',
    `${LIST}, of command names`,
    parseCommands,
  ),
  cachePrefixes: option('CACHE_PREFIXES', NONE, 'every key', `${LIST}, of key prefixes`, parseList),
  keys: option('KEYS', 'pattern', '`pattern`', '`pattern`, `full` or `none`', parseOneOf('pattern', 'full', 'none')),
  keyPatterns: option('KEY_PATTERNS', NONE, '', `${LIST}, of patterns such as \`session:*\``, parseList),
  maxKeyPatterns: option('MAX_KEY_PATTERNS', 200, '`200`', 'a whole number, 1 or more', parseNumber(1, true)),
  semconv: option(
    'SEMCONV',
    'stable',
    '`stable`',
    '`stable`, `legacy` or `dup`',
    parseOneOf('stable', 'legacy', 'dup'),
  ),
  cacheNames: option<ReadonlyMap<string, string>>(
    'CACHE_NAMES',
    new Map(),
    '',
    'a comma list of `host:port=name`, or an object in code',
    parseCacheNames,
  ),
  report: option<readonly string[] | undefined>(
    'REPORT',
    undefined,
    'off',
    '`stderr`, a path that ends in `.json` or `.html`, or a list of these',
    parseReport,
  ),
  reportSignal: option<NodeJS.Signals | undefined>(
    'REPORT_SIGNAL',
    undefined,
    'off',
    'the name of a signal that can be handled, such as `SIGUSR2`',
    parseSignal,
  ),
  insights: option('INSIGHTS', true, '`true`', '`true` or `false`', parseBoolean),
  requestHook: option<Settings['requestHook']>(undefined, undefined, '', 'a function', parseHook),
  responseHook: option<Settings['responseHook']>(undefined, undefined, '', 'a function', parseHook),
};

function option<T>(
  variable: string | undefined,
  defaultValue: T,
  defaultText: string,
  accepts: string,
  parse: (value: unknown) => T | undefined,
): Option<T> {
  const common = { default: defaultValue, defaultText, accepts, parse };
  return variable === undefined ? common : { ...common, variable };
}

type Warn = (message: string) => void;

const tellDiagnostics: Warn = (message) => {
  diag.warn(message);
};

/** What was given in code as an object of options; anything else is warned of, once per value, and counts as empty. */
export function optionsOf<T extends object>(given: T | undefined, what: string, warn = tellDiagnostics): Partial<T> {
  if (given === undefined || (typeof given === 'object' && given !== null && !Array.isArray(given))) return given ?? {};
  warnOnce(what, given, 'an object of options', 'Nothing of it', warn);
  return {};
}

/**
 * The settings that the given options and environment make. A value that is not accepted is warned of, once per value,
 * and does not count: the variable's value holds where that of the code is bad, else the default.
 */
export function resolveSettings(
  config: CacheInstrumentationConfig,
  environment: NodeJS.ProcessEnv = process.env,
  warn = tellDiagnostics,
): Settings {
  const options = optionsOf(config, CONFIGURATION, warn);
  warnOfUnknown(environment, warn);
  const settings: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(OPTIONS) as [keyof Settings, Option<unknown>][]) {
    settings[name] = resolveOption(name, option, options[name], environment, warn);
  }
  return Object.freeze(settings) as unknown as Settings;
}

const VARIABLES: readonly string[] = [
  ...Object.values(OPTIONS).flatMap(({ variable }) => (variable === undefined ? [] : [ENVIRONMENT_PREFIX + variable])),
  DIAGNOSE,
];

/** A variable that is mistyped changes nothing, which nobody would see. */
function warnOfUnknown(environment: NodeJS.ProcessEnv, warn: Warn): void {
  for (const name of Object.keys(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || VARIABLES.includes(name)) continue;
    // So agents are told of instrumentations, such as of one that is called `cache-manager`.
    if (name.endsWith('_ENABLED') || environment[name]?.trim() === '') continue;
    const known = VARIABLES.map((variable) => variable.slice(ENVIRONMENT_PREFIX.length)).join(', ');
    tellOnce(`${SCOPE_NAME}: there is no variable ${name}; after ${ENVIRONMENT_PREFIX} there may be ${known}.`, warn);
  }
}

function resolveOption(
  name: string,
  option: Option<unknown>,
  value: unknown,
  environment: NodeJS.ProcessEnv,
  warn: Warn,
): unknown {
  const fromCode = value === undefined ? undefined : option.parse(value);
  if (fromCode !== undefined) return fromCode;
  const variable = option.variable === undefined ? undefined : ENVIRONMENT_PREFIX + option.variable;
  // An empty variable counts as unset, as the OpenTelemetry specification demands.
  const text = variable === undefined ? '' : (environment[variable]?.trim() ?? '');
  const fromEnvironment = text === '' ? undefined : option.parse(text);
  const used = fromEnvironment === undefined ? 'The default' : `That of ${variable}`;
  if (value !== undefined) warnOnce(`option ${name}`, value, option.accepts, used, warn);
  if (text !== '' && fromEnvironment === undefined) warnOnce(variable!, text, option.accepts, used, warn);
  return fromEnvironment ?? option.default;
}

/** A hook that is given to something else than the instrumentation; what is no function is warned of and does not count. */
export function acceptedHook<T>(name: 'requestHook' | 'responseHook', value: T | undefined): T | undefined {
  return resolveOption(name, OPTIONS[name], value, {}, tellDiagnostics) as T | undefined;
}

const warned = new Set<string>();
const MOST_WARNINGS = 1000;
/** How a bad value is shown: on one line, cut where it is long, without calling anything of its own. */
const SHOWN = { breakLength: Infinity, customInspect: false, depth: 1, maxArrayLength: 5, maxStringLength: 100 };

export function warnOnce(name: string, value: unknown, accepts: string, used: string, warn = tellDiagnostics): void {
  const shown = typeof value === 'function' ? 'a function' : inspect(value, SHOWN);
  tellOnce(`${SCOPE_NAME}: ${name} is ${shown}, which is not accepted: it takes ${accepts}. ${used} is used.`, warn);
}

function tellOnce(message: string, warn: Warn): void {
  if (warned.has(message) || warned.size >= MOST_WARNINGS) return;
  warned.add(message);
  warn(message);
}
