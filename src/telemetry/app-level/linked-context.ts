import type { Context } from '@opentelemetry/api';

const NOTHING = Symbol('nothing');

/** A context with one value more than its parent, to which it points: the API's own copies all of them each time, for 600 ns. */
export class LinkedContext implements Context {
  constructor(
    private readonly parent: Context,
    private readonly key: symbol,
    private readonly value: unknown,
  ) {}

  /** The same context, to which values are added without copies. */
  static of(context: Context): Context {
    return context instanceof LinkedContext ? context : new LinkedContext(context, NOTHING, undefined);
  }

  getValue(key: symbol): unknown {
    return key === this.key ? this.value : this.parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new LinkedContext(this, key, value);
  }

  deleteValue(key: symbol): Context {
    return new LinkedContext(this, key, undefined);
  }
}
