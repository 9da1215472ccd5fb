// eslint-disable-next-line @typescript-eslint/no-require-imports -- outside `src`, and the one place that holds the version
const packageJson = require('../package.json') as { version: string };

/** This package's version: that of the instrumentation scope. */
export const VERSION = packageJson.version;
