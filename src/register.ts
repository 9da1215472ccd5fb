/**
 * The preload: `node --require opentelemetry-instrumentation-cache/register app.js`, or the same with `--import`.
 *
 * It observes the caches of an application that knows nothing of it, with the SDK that is there, or with one that it
 * starts from the `OTEL_*` variables.
 */
import { preload } from './preload';

preload();
