import { equal, notEqual } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { askDirectly, ownContextManager } from '../../src/preload/context-manager';
import { contextNow } from '../../src/telemetry/callers-context';

const require = createRequire(__filename);
const some = ROOT_CONTEXT.setValue(createContextKey('some'), true);

describe('the context manager of the preload', () => {
  beforeEach(() => context.disable());
  afterEach(() => context.disable());

  /** Our context manager, and how often it was asked. */
  function ours() {
    const manager = ownContextManager(require)!;
    const active = manager.active.bind(manager);
    const asked = { times: 0 };
    manager.active = () => {
      asked.times++;
      return active();
    };
    return { manager, asked };
  }

  it('is what the SDK would make', () => {
    equal(ours().manager instanceof AsyncLocalStorageContextManager, true);
  });

  it('is asked without the API, while it is the global one', () => {
    const { manager, asked } = ours();
    context.setGlobalContextManager(manager as never);
    askDirectly(manager);
    equal(contextNow(), ROOT_CONTEXT);
    equal(context.with(some, contextNow), some);
    const other = new AsyncLocalStorageContextManager().enable();
    context.disable();
    context.setGlobalContextManager(other);
    const { times } = asked;
    equal(context.with(some, contextNow), some);
    equal(asked.times, times);
    notEqual(times, 0);
  });

  it('has Node follow no promises before the application enters a context', () => {
    const { manager } = ours();
    context.setGlobalContextManager(manager as never);
    askDirectly(manager);
    // Absent where Node follows them without hooks (24 and later).
    const { enabled = false } = Reflect.get(manager, '_asyncLocalStorage') as { readonly enabled?: boolean };
    equal(enabled, false);
    equal(context.with(some, contextNow), some);
  });

  it('is not asked where the application has another one', () => {
    const { manager, asked } = ours();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    context.setGlobalContextManager(manager as never);
    askDirectly(manager);
    equal(context.with(some, contextNow), some);
    equal(asked.times, 0);
  });

  it('is left to the SDK where its package is not to be had', () => {
    const nothing = (() => {
      throw new Error('Cannot find module');
    }) as unknown as NodeJS.Require;
    equal(ownContextManager(nothing), undefined);
    askDirectly(undefined);
    equal(contextNow(), ROOT_CONTEXT);
  });
});
