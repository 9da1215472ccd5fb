import { equal, throws } from 'node:assert/strict';
import { context, type ContextManager, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { callInContext, runInContext } from '../../src/telemetry/callers-context';
import { createSdk, type Sdk } from '../support/sdk';

const KEY = createContextKey('callers-context');

describe("the caller's context", () => {
  let sdk: Sdk;
  let manager: ContextManager;
  const caller = ROOT_CONTEXT.setValue(KEY, 'caller');
  const active = (): unknown => context.active().getValue(KEY);

  before(() => {
    sdk = createSdk();
    manager = (context as unknown as { _getContextManager(): ContextManager })._getContextManager();
  });
  afterEach(() => Reflect.deleteProperty(manager, 'with'));
  after(() => sdk.dispose());

  it('is entered for its callback, and left', () => {
    equal(callInContext(caller, active, undefined, []), 'caller');
    equal(active(), undefined);
  });

  it('is done without where the context manager fails before', () => {
    manager.with = () => {
      throw new Error('not entered');
    };
    let calls = 0;
    equal(
      runInContext(caller, () => ++calls),
      1,
    );
    equal(calls, 1);
  });

  it('loses no result, and nothing is run twice, where the context manager fails afterwards', () => {
    manager.with = (...[, run]: unknown[]) => {
      (run as () => void)();
      throw new Error('not left');
    };
    let calls = 0;
    equal(
      runInContext(caller, () => ++calls),
      1,
    );
    equal(calls, 1);
  });

  it("hands on the callback's own error", () => {
    throws(
      () =>
        runInContext(caller, () => {
          throw new TypeError('the callback');
        }),
      TypeError,
    );
  });
});
