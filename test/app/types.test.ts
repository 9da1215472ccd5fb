import { CacheAside, MultiLevelCache, TracedCache, WriteThroughCache, type Duration } from '../../src';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same =
  <A>() =>
  <B>(value: B, equal: Equal<A, B>): void =>
    void [value, equal];

interface Product {
  readonly name: string;
}

describe('types of the caches', () => {
  // The compiler checks them, when the tests are checked.
  it('are what a user expects', async () => {
    const cache = new TracedCache<Product>('typed', new Map());
    const product: Product = { name: 'Chair' };
    const got = await cache.get('a');
    same<Product | undefined>()(got, true);
    const loaded = await cache.getOrSet('b', () => product);
    same<Product>()(loaded, true);
    const perhaps = await cache.getOrSet('c', () => Promise.resolve(product as Product | undefined));
    same<Product | undefined>()(perhaps, true);
    const many = await cache.getMany(['a']);
    same<(Product | undefined)[]>()(many, true);
    // @ts-expect-error another type of value
    await cache.set('a', { title: 'Chair' });
    // @ts-expect-error another type of value
    await cache.getOrSet('d', () => 5).catch(() => undefined);
    // @ts-expect-error undefined is no value
    await cache.set('a', undefined).catch(() => undefined);
    // @ts-expect-error a key is a string
    await cache.get(5).catch(() => undefined);
    const nullable = await new TracedCache<number | null>('typed', new Map()).getOrSet('a', () => null);
    same<number | null>()(nullable, true);
    const levels = new MultiLevelCache<Product>([new Map(), { store: new Map(), ttl: '5m' }]);
    const fromLevels = await levels.getOrSet('a', () => product, { ttl: '250ms', staleFor: 3 });
    same<Product>()(fromLevels, true);
    const source = { load: () => product, save: () => undefined };
    const read = await new CacheAside(levels, source).get('a');
    same<Product | undefined>()(read, true);
    const saved = await new WriteThroughCache(cache, source).save('a', product);
    same<'written' | 'deleted' | 'stale'>()(saved.cached, true);
    // @ts-expect-error a source of other values
    void new CacheAside(cache, { load: () => 5 });
    // @ts-expect-error no unit of time
    const wrong: Duration = '5 weeks';
    void wrong;
  });
});
