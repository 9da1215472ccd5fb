import assert from 'node:assert/strict';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import fc from 'fast-check';
import type { CacheInstrumentationConfig } from '../src';
import { ENVIRONMENT_PREFIX, OPTIONS, resolveSettings, type Settings } from '../src/config';

type Name = keyof Settings;
const NAMES = Object.keys(OPTIONS) as Name[];
const hook = () => undefined;

/** For each option: what is given in code, what the variable says, and what both make of it. */
const ACCEPTED: { readonly [K in Name]: readonly [code: unknown, variable: string | undefined, value: Settings[K]] } = {
  enabled: [false, 'False', false],
  clients: [['ioredis', '-iovalkey'], 'ioredis, -iovalkey,', ['ioredis', '-iovalkey']],
  spans: [['errors', 'misses'], 'misses,errors', { all: false, none: false, errors: true, slow: false, misses: true }],
  slowMs: [2.5, '2.5', 2.5],
  requireParentSpan: [false, ' false ', false],
  ignoreCommands: [['get', 'HSET'], 'get,HSET', new Set(['GET', 'HSET'])],
  cachePrefixes: [['a:', 'b:'], 'a:, b:', ['a:', 'b:']],
  keys: ['full', 'full', 'full'],
  keyPatterns: [['user:*'], 'user:*', ['user:*']],
  maxKeyPatterns: [7, '7', 7],
  semconv: ['dup', 'dup', 'dup'],
  cacheNames: [
    { 'h:1': 'one', '[::1]:2': 'two' },
    'h:1=one, [::1]:2 = two',
    new Map([
      ['h:1', 'one'],
      ['[::1]:2', 'two'],
    ]),
  ],
  report: [['stderr', 'a/b.html'], 'stderr, a/b.html', ['stderr', 'a/b.html']],
  reportSignal: ['SIGUSR2', 'SIGUSR2', 'SIGUSR2'],
  insights: [false, 'false', false],
  requestHook: [hook, undefined, hook],
  responseHook: [hook, undefined, hook],
};

const ODD = [{}, { a: 1 }, [1], [undefined], null, new Map([['a', 'b']]), new Date(0), Symbol('s'), 10n, Number.NaN];
const HOOKS = ['text', 1, true, ...ODD];
const BOOLEANS = ['yes', '1', '', 0, 1, ...ODD];
const NUMBERS = ['', ' ', 'ten', '1,5', '10ms', 'NaN', 'Infinity', '-1', -0.001, Infinity, true, hook, ...ODD];
const ENUMS = ['Full', '', 'other', 1, true, ['full'], hook, ...ODD];
const LISTS = [1, true, hook, [1], ['a', undefined], {}, null, new Set(['a']), Symbol('s')];

/** For each option: values that are not accepted in code. */
const REFUSED: { readonly [K in Name]: readonly unknown[] } = {
  enabled: BOOLEANS,
  clients: ['redis9', ['ioredis', ''].concat('nobody'), '--ioredis', ...LISTS],
  spans: ['ALL', '', [], 'all,none', 'all,errors', ['error'], ...LISTS],
  slowMs: NUMBERS,
  requireParentSpan: BOOLEANS,
  ignoreCommands: LISTS,
  cachePrefixes: LISTS,
  keys: ENUMS,
  keyPatterns: LISTS,
  maxKeyPatterns: [0, 1.5, '0', '1.5', ...NUMBERS],
  semconv: ENUMS,
  cacheNames: [
    'h:1',
    '=a',
    'h:1=',
    'h:1=a=b',
    { h: 1 },
    { h: '' },
    { '': 'h' },
    [1],
    ['h'],
    new Map([['a', 'b']]),
    hook,
  ],
  report: ['', [], 'stdout', 'stderr,stdout', '.json', 'report.txt', 1, true, hook, ...ODD],
  reportSignal: ['', 'SIGKILL', 'SIGTERM', 'SIGUSR9', 'sigusr2', 'toString', 12, true, hook, ...ODD],
  insights: BOOLEANS,
  requestHook: HOOKS,
  responseHook: HOOKS,
};

interface Resolved {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

function resolve(config: object, variables: Record<string, string> = {}): Resolved {
  const environment = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [ENVIRONMENT_PREFIX + name, value]),
  );
  const warnings: string[] = [];
  const settings = resolveSettings(config as CacheInstrumentationConfig, environment, (one) => warnings.push(one));
  return { settings, warnings };
}

// A value is warned of once per process: every test needs values that no other has used.
let unique = 0;
const bad = () => `bad ${unique++}`;

describe('options', () => {
  it('are those of the contract, with its defaults', () => {
    const { settings, warnings } = resolve({});
    assert.deepEqual(warnings, []);
    assert.deepEqual(settings, {
      enabled: true,
      clients: [],
      spans: { all: true, none: false, errors: false, slow: false, misses: false },
      slowMs: 10,
      requireParentSpan: true,
      ignoreCommands: undefined,
      cachePrefixes: [],
      keys: 'pattern',
      keyPatterns: [],
      maxKeyPatterns: 200,
      semconv: 'stable',
      cacheNames: new Map(),
      report: undefined,
      reportSignal: undefined,
      insights: true,
      requestHook: undefined,
      responseHook: undefined,
    });
  });

  it('are frozen, with all that is in them', () => {
    for (const config of [{}, Object.fromEntries(NAMES.map((name) => [name, ACCEPTED[name][0]]))]) {
      const { settings } = resolve(config);
      assert.ok(Object.isFrozen(settings));
      for (const name of ['spans', 'clients', 'cachePrefixes', 'keyPatterns'] as const) {
        assert.ok(Object.isFrozen(settings[name]), name);
      }
    }
    const given = ['a:'];
    const { settings } = resolve({ cachePrefixes: given });
    given.push('b:');
    assert.deepEqual(settings.cachePrefixes, ['a:']);
  });

  for (const name of NAMES) {
    const [code, text, value] = ACCEPTED[name];
    const { variable, accepts, default: defaultValue } = OPTIONS[name];

    it(`${name}: from code`, () => {
      const { settings, warnings } = resolve({ [name]: code });
      assert.deepEqual([settings[name], warnings], [value, []]);
    });

    it(`${name}: values that are not accepted`, () => {
      for (const refused of REFUSED[name]) {
        const { settings, warnings } = resolve({ [name]: refused });
        assert.deepEqual(settings[name], defaultValue);
        // The same value may have been warned of before: that it is warned of at all is the next test's.
        assert.ok(warnings.length <= 1);
      }
      const odd = { odd: bad() };
      const { settings, warnings } = resolve({ [name]: odd });
      assert.deepEqual(settings[name], name === 'cacheNames' ? new Map(Object.entries(odd)) : defaultValue);
      if (name === 'cacheNames') return;
      assert.equal(warnings.length, 1);
      for (const part of [`option ${name} `, odd.odd, accepts, 'The default is used'])
        assert.ok(warnings[0]!.includes(part));
      assert.deepEqual(resolve({ [name]: odd }).warnings, []);
    });

    if (variable === undefined) continue;

    it(`${name}: from ${variable}, and code wins`, () => {
      assert.deepEqual(resolve({}, { [variable]: text! }).settings[name], value);
      for (const unset of ['', '  ']) {
        const { settings, warnings } = resolve({}, { [variable]: unset });
        assert.deepEqual([settings[name], warnings], [defaultValue, []]);
      }
      // Whatever the variable says is neither used nor complained about.
      const { settings, warnings } = resolve({ [name]: code }, { [variable]: bad() });
      assert.deepEqual([settings[name], warnings], [value, []]);
    });

    it(`${name}: a bad ${variable}`, () => {
      if (['ignoreCommands', 'cachePrefixes', 'keyPatterns'].includes(name)) {
        // Any text is a list of names.
        const text = bad();
        assert.deepEqual(resolve({}, { [variable]: text }).warnings, []);
        return;
      }
      const text = bad();
      const { settings, warnings } = resolve({}, { [variable]: text });
      assert.deepEqual(settings[name], defaultValue);
      assert.equal(warnings.length, 1);
      for (const part of [ENVIRONMENT_PREFIX + variable, text, accepts, 'The default is used']) {
        assert.ok(warnings[0]!.includes(part), `${part} in: ${warnings[0]}`);
      }
      assert.deepEqual(resolve({}, { [variable]: text }).warnings, []);
    });
  }

  it('every refused value is warned of, the first time', () => {
    for (const value of [-1.25, [1, bad()], Symbol(bad()), BigInt(unique), /regular/]) {
      const { warnings } = resolve({ slowMs: value });
      assert.equal(warnings.length, 1, String(value));
      assert.match(warnings[0]!, /option slowMs is .+, which is not accepted: it takes a number of milliseconds/);
    }
  });

  it('a bad value in code leaves the word to the variable, and the warning says so', () => {
    const { settings, warnings } = resolve({ slowMs: bad() }, { SLOW_MS: '3' });
    assert.equal(settings.slowMs, 3);
    assert.match(warnings.join(), /That of OTEL_INSTRUMENTATION_CACHE_SLOW_MS is used\.$/);
  });

  it('a variable that is mistyped is warned of, once; those of others are not', () => {
    const { settings, warnings } = resolve({}, { SPAN: 'none', SPANS: 'errors' });
    assert.equal(settings.spans.errors, true);
    const [warning] = warnings;
    assert.equal(warnings.length, 1);
    assert.match(warning!, /: there is no variable OTEL_INSTRUMENTATION_CACHE_SPAN; /);
    for (const { variable } of Object.values(OPTIONS)) assert.ok(variable === undefined || warning!.includes(variable));
    assert.deepEqual(resolve({}, { SPAN: 'none' }).warnings, []);
    const others = { DIAGNOSE: 'true', MANAGER_ENABLED: 'false', UNSET: ' ' };
    assert.deepEqual(resolve({}, others).warnings, []);
    const elsewhere: string[] = [];
    resolveSettings({}, { OTEL_INSTRUMENTATION_HTTP_SPAN: 'none' }, (message) => elsewhere.push(message));
    assert.deepEqual(elsewhere, []);
  });

  it('a huge value is cut in the warning, which is one line', () => {
    const { warnings } = resolve({ slowMs: { text: 'x\n'.repeat(10_000), more: { deep: { deeper: {} } } } });
    assert.ok(warnings[0]!.length < 600 && !warnings[0]!.includes('\n'), warnings[0]);
  });

  it('an object that misbehaves when it is looked at is refused like any other', () => {
    const odd = {
      [Symbol.for('nodejs.util.inspect.custom')]: () => assert.fail('called'),
      toString: () => assert.fail('called'),
      get [Symbol.toPrimitive]() {
        return assert.fail('called');
      },
    };
    assert.equal(resolve({ slowMs: odd, keys: odd, spans: odd, clients: odd }).warnings.length, 4);
  });

  it('warnings go to the diagnostics of OpenTelemetry', () => {
    const warnings: string[] = [];
    const ignore = () => undefined;
    const logger = { error: ignore, info: ignore, debug: ignore, verbose: ignore };
    diag.setLogger({ ...logger, warn: (message) => warnings.push(message) }, DiagLogLevel.WARN);
    try {
      resolveSettings({}, { [`${ENVIRONMENT_PREFIX}KEYS`]: bad() });
    } finally {
      diag.disable();
    }
    assert.match(warnings.join(), /^opentelemetry-instrumentation-cache: OTEL_INSTRUMENTATION_CACHE_KEYS is /);
  });

  it('whatever is given, there are settings', () => {
    // A process warns of so many values at most: some are left for the tests that follow.
    const some = { maxKeys: 2 };
    const variables = NAMES.flatMap((name) => OPTIONS[name].variable ?? []);
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...NAMES), fc.anything(), some),
        fc.dictionary(fc.constantFrom(...variables), fc.string(), some),
        (config, environment) => {
          const { settings } = resolve(config, environment);
          assert.ok(settings.slowMs >= 0 && settings.maxKeyPatterns >= 1);
          assert.ok(['pattern', 'full', 'none'].includes(settings.keys));
          assert.ok(settings.requestHook === undefined || typeof settings.requestHook === 'function');
        },
      ),
    );
  });
});
