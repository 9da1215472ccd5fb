import { context, type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { askForContext } from '../telemetry/callers-context';

/** The SDK's `ContextManager`. */
interface ContextManager {
  active(): Context;
  with<T>(context: Context, call: () => T): T;
  disable(): this;
}

const PROBE = createContextKey('opentelemetry-instrumentation-cache probe');

/**
 * The context manager that the SDK would make itself, which tells when it is given up.
 * @param require that of the SDK package
 * @returns undefined: the SDK has to make it
 */
export function ownContextManager(require: NodeJS.Require): ContextManager | undefined {
  try {
    const { AsyncLocalStorageContextManager: Made } = require('@opentelemetry/context-async-hooks') as {
      AsyncLocalStorageContextManager: new () => ContextManager;
    };
    return new (class extends Made {
      override disable(): this {
        askForContext(context);
        return super.disable();
      }
    })();
  } catch {
    return undefined;
  }
}

/**
 * Has operations ask a context manager itself for their context, where it has become the global one: the API looks each time whether
 * there is another, which is an eighth of what a command without a span costs.
 */
export function askDirectly(manager: ContextManager | undefined): void {
  if (manager === undefined) return;
  const probe = ROOT_CONTEXT.setValue(PROBE, true);
  const isGlobal = manager.with(probe, () => context.active() === probe);
  // Until the application enters a context, promises need not be followed.
  manager.disable();
  if (isGlobal) askForContext(manager);
}
