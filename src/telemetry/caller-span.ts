import { type Context, ROOT_CONTEXT, type Span } from '@opentelemetry/api';
import { traceApi } from './api';

let last: Context = ROOT_CONTEXT;
let found: Span | undefined = undefined;

/**
 * The span that is active in a context. Whatever a request does is done in a few contexts, each of which is asked for by many
 * operations, and up to four times by one; the last one is remembered.
 */
export function spanIn(context: Context): Span | undefined {
  if (context !== last) {
    found = traceApi.getSpan(context);
    last = context;
  }
  return found;
}
