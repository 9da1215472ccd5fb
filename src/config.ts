import { diag } from '@opentelemetry/api';
import type { CacheInstrumentationConfig, ClientName, SpanSelector } from './types';
import { SCOPE_NAME } from './semconv';

export const ENVIRONMENT_PREFIX = 'OTEL_INSTRUMENTATION_CACHE_';

/** Which operations become spans. */
export interface SpanPolicy {
  /** Every operation, without a look at the rest. */
  readonly all: boolean;
  /** No operation at all. */
  readonly none: boolean;
  readonly errors: boolean;
  readonly slow: boolean;
  readonly misses: boolean;
}

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
  readonly report: string | undefined;
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

/** The client libraries that there are adapters for. */
export const CLIENT_NAMES: readonly ClientName[] = ['ioredis', 'iovalkey'];

const SELECTORS: readonly SpanSelector[] = ['errors', 'slow', 'misses'];

function parseBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.toLowerCase();
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function parseNumber(least: number, whole: boolean): (value: unknown) => number | undefined {
  return (value) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number) || number < least) return undefined;
    return whole && !Number.isInteger(number) ? undefined : number;
  };
}

function parseList(value: unknown): readonly string[] | undefined {
  const parts: unknown = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return undefined;
  return Object.freeze(parts.filter((part) => part !== ''));
}

function parseOneOf<T extends string>(...accepted: readonly T[]): (value: unknown) => T | undefined {
  return (value) => accepted.find((one) => one === value);
}

function parseSpans(value: unknown): SpanPolicy | undefined {
  const selected = parseList(value);
  if (selected === undefined || selected.length === 0) return undefined;
  if (selected.length === 1 && selected[0] === 'all') return ALL_SPANS;
  if (selected.length === 1 && selected[0] === 'none') return { ...ALL_SPANS, all: false, none: true };
  if (!selected.every((one) => (SELECTORS as readonly string[]).includes(one))) return undefined;
  return {
    all: false,
    none: false,
    errors: selected.includes('errors'),
    slow: selected.includes('slow'),
    misses: selected.includes('misses'),
  };
}

const ALL_SPANS: SpanPolicy = { all: true, none: false, errors: false, slow: false, misses: false };

function parseClients(value: unknown): readonly string[] | undefined {
  const names = parseList(value);
  return names?.every((name) => (CLIENT_NAMES as readonly string[]).includes(name.replace(/^-/, '')))
    ? names
    : undefined;
}

function parseCommands(value: unknown): ReadonlySet<string> | undefined {
  const names = parseList(value);
  return names && new Set(names.map((name) => name.toUpperCase()));
}

function parseCacheNames(value: unknown): ReadonlyMap<string, string> | undefined {
  const pairs = typeof value === 'string' ? value.split(',').filter((pair) => pair.trim() !== '') : value;
  if (Array.isArray(pairs)) {
    const entries = pairs.map((pair: string) => pair.split('=').map((part) => part.trim()));
    const whole = entries.every((entry) => entry.length === 2 && entry.every((part) => part !== ''));
    return whole ? new Map(entries as [string, string][]) : undefined;
  }
  if (typeof pairs !== 'object' || pairs === null) return undefined;
  const entries = Object.entries(pairs as Record<string, unknown>);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? new Map(entries)
    : undefined;
}

function parseReport(value: unknown): string | undefined {
  return typeof value === 'string' && /^stderr$|.\.(json|html)$/.test(value) ? value : undefined;
}

function parseHook<T>(value: unknown): T | undefined {
  return typeof value === 'function' ? (value as T) : undefined;
}

const LIST = 'a comma list, or an array of strings in code';

/** Every option, in the order of the README's table. */
export const OPTIONS: { readonly [K in keyof Settings]: Option<Settings[K]> } = {
  enabled: option('ENABLED', true, '`true`', '`true` or `false`', parseBoolean),
  clients: option(
    'CLIENTS',
    [],
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
  cachePrefixes: option('CACHE_PREFIXES', [], 'every key', `${LIST}, of key prefixes`, parseList),
  keys: option('KEYS', 'pattern', '`pattern`', '`pattern`, `full` or `none`', parseOneOf('pattern', 'full', 'none')),
  keyPatterns: option('KEY_PATTERNS', [], '', `${LIST}, of patterns such as \`session:*\``, parseList),
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
  report: option<string | undefined>(
    'REPORT',
    undefined,
    'off',
    '`stderr`, or a path that ends in `.json` or `.html`',
    parseReport,
  ),
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

/**
 * The settings that the given options and environment make. A value that is not accepted is warned of, once per value,
 * and does not count: the variable's value holds where that of the code is bad, else the default.
 */
export function resolveSettings(
  config: CacheInstrumentationConfig,
  environment: NodeJS.ProcessEnv = process.env,
  warn: Warn = (message) => {
    diag.warn(message);
  },
): Settings {
  const settings: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(OPTIONS) as [keyof Settings, Option<unknown>][]) {
    settings[name] = resolveOption(name, option, config[name], environment, warn);
  }
  return Object.freeze(settings) as unknown as Settings;
}

function resolveOption(
  name: string,
  option: Option<unknown>,
  value: unknown,
  environment: NodeJS.ProcessEnv,
  warn: Warn,
): unknown {
  if (value !== undefined) {
    const parsed = option.parse(value);
    if (parsed !== undefined) return parsed;
    warnOnce(`option ${name}`, value, option.accepts, warn);
  }
  const variable = option.variable === undefined ? undefined : ENVIRONMENT_PREFIX + option.variable;
  const text = variable === undefined ? undefined : environment[variable];
  // An empty variable counts as unset, as the OpenTelemetry specification demands.
  if (variable === undefined || text === undefined || text.trim() === '') return option.default;
  const parsed = option.parse(text.trim());
  if (parsed !== undefined) return parsed;
  warnOnce(variable, text, option.accepts, warn);
  return option.default;
}

type Warn = (message: string) => void;

const warned = new Set<string>();
const MOST_WARNINGS = 1000;

function warnOnce(name: string, value: unknown, accepts: string, warn: Warn): void {
  const shown = typeof value === 'string' ? `"${value.slice(0, 100)}"` : `of type ${typeof value}`;
  const message = `${SCOPE_NAME}: ${name} is ${shown}, which is not accepted: it takes ${accepts}. The default is used.`;
  if (warned.has(message) || warned.size > MOST_WARNINGS) return;
  warned.add(message);
  warn(message);
}
