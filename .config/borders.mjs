// Which part of src may import which: one list for each room. `test/borders.test.ts` shows that each border holds.

/** Never imported by the package, not even for types: the published declarations must not need them either. */
const foreign = [
  {
    regex: '^@opentelemetry/(sdk-|exporter-|otlp-|context-|instrumentation-)',
    message: 'The package works with any SDK, or none: SDK packages are never imported at the top level.',
  },
  {
    regex:
      '^(ioredis|iovalkey|redis|@redis/.+|@node-redis/.+|memjs|memcached|generic-pool|tarn|node-cache|lru-cache|keyv|cache-manager|cacheable|@isaacs/ttlcache|quick-lru|unstorage|bentocache)(/|$)',
    message: 'Client libraries belong to the application: write down the shape that the code needs.',
  },
];

const preloadEntry = { regex: '(^|/)register$', message: 'The preload is an entry point: nothing imports it.' };

/**
 * Forbids what lies above the importing file: rooms (folders of src) and files directly in src.
 * @param {string[]} names
 * @param {string} message
 * @param {string} [except] a path below one of the rooms that may be imported all the same
 */
function outside(names, message, except) {
  const exception = except ? `(?!${except}$)` : '';
  return { regex: `^(\\.\\./)+${exception}(${names.join('|')})(/|$)`, message };
}

/** Rules replace each other in a flat config: so every list is complete. */
function border(files, ...patterns) {
  const all = [...foreign, preloadEntry, ...patterns];
  return { files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: all }] } };
}

/** What puts the rooms together: below it nobody knows of it. */
const top = ['app', 'index', 'instrumentation', 'peers', 'preload', 'report'];

/** A dialect knows of telemetry only what a command is. */
function dialect(room, other) {
  const message = `${room} imports its own files, semconv, and the types of telemetry/command.`;
  return border(
    [`src/${room}/**/*.ts`],
    outside([...top, 'adapter', 'adapters', 'config', 'types', other], message),
    outside(['telemetry'], message, 'telemetry/command'),
    // `allowTypeImports` is per pattern: of this one file the types are free, its values are not.
    { ...outside(['telemetry/command'], message), allowTypeImports: true },
  );
}

/**
 * An adapter knows telemetry and its dialect.
 * @param {string} files
 * @param {string} [sibling] what an import of another adapter looks like from there
 */
function adapter(files, sibling) {
  const above = outside([...top, 'config'], 'An adapter knows telemetry and its dialect.');
  const others = sibling ? [{ regex: sibling, message: 'An adapter imports no other adapter.' }] : [];
  return border([files], above, ...others);
}

export default [
  border(['src/**/*.ts']),
  border(
    ['src/telemetry/**/*.ts'],
    outside(
      [...top, 'redis', 'memcached', 'adapters', 'pools'],
      'telemetry knows no dialect, no client and no consumer.',
    ),
  ),
  border(
    ['src/pools/**/*.ts'],
    outside([...top, 'config', 'redis', 'memcached', 'adapters'], 'A pool is told of its clients by telemetry.'),
  ),
  border(
    ['src/app/**/*.ts'],
    outside(
      [...top.filter((name) => name !== 'app'), 'config', 'redis', 'memcached', 'adapters', 'pools'],
      'The caches know telemetry, and whose it is; stores are known by their looks.',
    ),
  ),
  border(
    ['src/report/**/*.ts'],
    outside(
      [...top.filter((room) => room !== 'report'), 'redis', 'memcached', 'adapters', 'pools', 'config'],
      'The report reads the statistics of telemetry, whoever has made them.',
    ),
  ),
  dialect('redis', 'memcached'),
  dialect('memcached', 'redis'),
  adapter('src/adapters/*.ts', '^\\./[^/]+$'),
  // The list of adapters imports them all.
  adapter('src/adapters/index.ts'),
  // An adapter of several files is a folder; what lies beside the folder is another adapter.
  adapter('src/adapters/*/*.ts', '^\\.\\./[^.]'),
  adapter('src/adapters/*/*/*.ts', '^(\\.\\./){2}[^.]'),
];
