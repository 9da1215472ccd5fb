import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type CacheReport, type Finding, TracedCache } from '../../src';
import { SLOW_MEDIAN } from '../../src/report/troubles';
import { until } from '../support/children';
import { atOnce, type Service, times, useReports } from './workload';

/** A part of the demo, which is in JavaScript. */
const { farAway } = createRequire(__filename)('../../examples/demo/far-server') as {
  farAway(address: string, milliseconds: number): Promise<{ address: string; close(): Promise<void> }>;
};

const MINUTE = 60;

/** The troubles that are found, each with where. */
function troubles(findings: readonly Finding[]): string[] {
  return findings.map(({ trouble, pattern, cache }) => `${trouble}: ${pattern ?? cache}`);
}

describe('findings', function () {
  this.timeout(120_000);
  const reports = useReports();

  /** All but what is true of the machine: where it is busy with something else, the server is slow. */
  const ofTheWorkload = ({ findings, caches }: CacheReport): readonly Finding[] =>
    findings.filter(({ trouble }) => trouble !== 'slow-cache' || caches[0]!.latency!.p50 <= SLOW_MEDIAN);

  async function found(workload: (service: Service) => Promise<unknown>): Promise<readonly Finding[]> {
    return ofTheWorkload(await reports.of(workload));
  }

  /** So many values that live for a minute. */
  const filled = ({ redis }: Service, count: number, name = 'user') =>
    times(count, (index) => redis.set(`${name}:${index}`, 'x'.repeat(100), 'EX', MINUTE));

  describe('low hit rate', () => {
    /** Misses and hits of keys that are each asked for once. */
    const lookups = (misses: number, hits: number) => async (service: Service) => {
      await filled(service, hits);
      await times(misses, async (index) => {
        if ((await service.redis.get(`user:${1000 + index}`)) === null) {
          await service.redis.set(`user:${1000 + index}`, 'x', 'EX', MINUTE);
        }
      });
      await times(hits, (index) => service.redis.get(`user:${index}`));
    };

    it('is found', async () => {
      const findings = await found(lookups(150, 50));
      assert.deepEqual(troubles(findings), ['low-hit-rate: user:*']);
      assert.equal(findings[0]!.figure, '25 % of 200 lookups hit; most keys are asked for once.');
      assert.equal(findings[0]!.affected, 150);
    });

    it('is not found where every second lookup hits, or where there are too few to tell', async () => {
      assert.deepEqual(troubles(await found(lookups(100, 100))), []);
      assert.deepEqual(troubles(await found(lookups(99, 0))), []);
    });

    it('says what most misses have in common', async () => {
      // Six of each: too few for a herd.
      const repeated = await found(({ redis }) => times(120, (index) => redis.get(`user:${index % 20}`)));
      assert.match(repeated[0]!.figure, /^0 % of 120 lookups hit; 83 % of the misses repeat one of the same key/);
      const expired = await found(({ redis }) =>
        times(60, async (index) => {
          await redis.set(`user:${index}`, 'x', 'PX', 1);
          await new Promise((resolve) => setTimeout(resolve, 3));
          await redis.get(`user:${index}`);
          await redis.get(`item:${index}`);
        }),
      );
      assert.deepEqual(troubles(expired), []);
      const short = await found(({ redis }) =>
        times(110, async (index) => {
          await redis.set(`user:${index}`, 'x', 'PX', 1);
          await new Promise((resolve) => setTimeout(resolve, 3));
          await redis.get(`user:${index}`);
        }),
      );
      assert.match(short[0]!.figure, /; 100 % of the misses are of keys whose TTL had run out\.$/);
      const loaded = await found(async () => {
        const cache = new TracedCache<number>('things', new Map(), { ttl: '1ms' });
        await times(110, async (index) => {
          await cache.getOrSet(`user:${index % 10}`, () => index);
          if (index % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 3));
        });
      });
      assert.match(loaded[0]!.figure, /; 91 % of the misses are of keys whose TTL had run out\.$/);
      const unwritten = await found(({ redis }) => times(120, (index) => redis.get(`user:${index}`)));
      assert.match(unwritten[0]!.figure, /; for 120 misses there were 0 writes by this process\.$/);
    });
  });

  describe('thundering herd', () => {
    /** Callers that find a popular key expired, all at once, and each load it. */
    const herd = (callers: number) => async (service: Service) => {
      const { redis } = service;
      await atOnce(callers, async () => {
        if ((await redis.get('page:1')) === null) await redis.set('page:1', 'x', 'EX', MINUTE);
      });
      await times(200, () => redis.get('page:1'));
    };

    it('is found', async () => {
      const findings = await found(herd(30));
      assert.deepEqual(troubles(findings), ['thundering-herd: page:*']);
      assert.equal(
        findings[0]!.figure,
        'One key was missed 30 times within 1 s, with no write in between; 10 or more misses came together once.',
      );
    });

    it('is not found with nine callers, of different keys, or with a write in between', async () => {
      assert.deepEqual(troubles(await found(herd(9))), []);
      const different = async (service: Service) => {
        await atOnce(60, (index) => service.redis.get(`page:${index}`));
        await atOnce(60, (index) => service.redis.set(`page:${index}`, 'x', 'EX', MINUTE));
        await times(120, (index) => service.redis.get(`page:${index % 60}`));
      };
      assert.deepEqual(troubles(await found(different)), []);
      const twice = async ({ redis }: Service) => {
        for (let round = 0; round < 2; round++) {
          await atOnce(5, () => redis.get('page:1'));
          await redis.set('page:1', 'x', 'EX', MINUTE);
          await times(50, () => redis.get('page:1'));
          await redis.del('page:1');
        }
      };
      assert.deepEqual(troubles(await found(twice)), []);
    });
  });

  describe('memory pressure: values too large', () => {
    const values = (large: number, size: number) => async (service: Service) => {
      const { redis } = service;
      await times(200, (index) => redis.set(`page:${index}`, 'x'.repeat(index < large ? size : 100), 'EX', MINUTE));
      await redis.mget(Array.from({ length: 200 }, (_, index) => `page:${index}`));
    };

    it('is found', async () => {
      const findings = await found(values(20, 100_000));
      assert.deepEqual(troubles(findings), ['large-values: page:*']);
      assert.match(
        findings[0]!.figure,
        /^10 % of 400 values are above 64 KiB; the median is 10\d B, the largest 100 kB\.$/,
      );
    });

    it('is not found at the limit, of a few, or where many small ones are written and read at once', async () => {
      assert.deepEqual(troubles(await found(values(200, 65_536))), []);
      assert.deepEqual(troubles(await found(values(9, 100_000))), []);
      const together = async ({ redis }: Service) => {
        const pairs = Array.from({ length: 200 }, (_, index) => [`page:${index}`, 'x'.repeat(1000)]);
        await times(30, async () => {
          await redis.mset(pairs.flat());
          for (const [key] of pairs) await redis.expire(key!, MINUTE);
          await redis.mget(pairs.map(([key]) => key!));
        });
      };
      const findings = await found(together);
      assert.deepEqual(
        troubles(findings).filter((one) => one.startsWith('large-values')),
        [],
      );
    });
  });

  describe('slow or far cache', () => {
    const use = async (service: Service) => {
      await filled(service, 60);
      await times(140, (index) => service.redis.get(`user:${index % 60}`));
    };

    /** The report of a service whose cache is so far away. */
    async function away(milliseconds: number): Promise<CacheReport> {
      const { host, port } = reports.server;
      const far = await farAway(`${host}:${port}`, milliseconds);
      try {
        return await reports.of(use, { url: `redis://${far.address}` });
      } finally {
        await far.close();
      }
    }

    it('is found', async () => {
      const { findings } = await away(15);
      assert.deepEqual(troubles(findings), ['slow-cache: shop']);
      assert.match(
        findings[0]!.figure,
        /^Half of 200 commands take [\d.]+ ms or more, .*; the fastest took [\d.]+ ms\.$/,
      );
    });

    it('is not found of a server that is 2 ms away', async () => {
      // Where the machine is busy with something else, 2 ms may become 10.
      const quick = await until(
        async () => {
          const report = await away(2);
          return report.caches[0]!.latency!.p50 <= SLOW_MEDIAN ? report : undefined;
        },
        'half of the commands take 5 ms at most',
        60_000,
      );
      assert.ok(quick.caches[0]!.latency!.p50 >= 0.002);
      assert.deepEqual(troubles(quick.findings), []);
    });

    it('is not found where it is the process that is busy', async () => {
      const busy = async (service: Service) => {
        await filled(service, 50);
        await times(20, async () => {
          const answers = atOnce(500, (index) => service.redis.get(`user:${index % 50}`));
          const until = performance.now() + 30;
          while (performance.now() < until);
          await answers;
        });
      };
      const report = await reports.of(busy);
      assert.ok(report.caches[0]!.latency!.p50 > 0.005, 'the commands take long');
      assert.deepEqual(troubles(report.findings), []);
    });
  });

  describe('stale or immortal data', () => {
    const writes = (without: number, ttl: number) => async (service: Service) => {
      const { redis } = service;
      await times(100, (index) =>
        index < without ? redis.set(`cart:${index}`, 'x') : redis.set(`cart:${index}`, 'x', 'EX', ttl),
      );
      await times(100, (index) => redis.get(`cart:${index}`));
    };

    it('is found where the TTL is missing', async () => {
      const findings = await found(writes(20, MINUTE));
      assert.deepEqual(troubles(findings), ['no-expiry: cart:*']);
      assert.equal(findings[0]!.figure, '20 of 100 writes have no TTL (20 %).');
    });

    it('is found where the TTL is so long that it is none', async () => {
      const findings = await found(writes(0, 90 * 86_400));
      assert.deepEqual(troubles(findings), ['no-expiry: cart:*']);
      assert.match(findings[0]!.figure, /^Half of 100 writes have a TTL of \d\d d or more\.$/);
    });

    it('is not found with 19 writes without TTL, nor with a TTL of 29 days', async () => {
      assert.deepEqual(troubles(await found(writes(19, MINUTE))), []);
      assert.deepEqual(troubles(await found(writes(0, 29 * 86_400))), []);
    });
  });

  describe('many single lookups', () => {
    const pages = (requests: number, lookups: number) => async (service: Service) => {
      await filled(service, 100);
      await times(requests, () =>
        service.request(() => times(lookups, (index) => service.redis.get(`user:${index % 100}`))),
      );
    };

    it('is found', async () => {
      const findings = await found(pages(20, 25));
      assert.deepEqual(troubles(findings), ['many-single-lookups: user:*']);
      assert.equal(
        findings[0]!.figure,
        'Below 20 of 20 parent spans there are 10 or more lookups of one key each, up to 25.',
      );
      assert.equal(findings[0]!.affected, 500);
    });

    it('is not found with nine per request, of four requests, or where they are asked for at once', async () => {
      assert.deepEqual(troubles(await found(pages(50, 9))), []);
      assert.deepEqual(troubles(await found(pages(4, 100))), []);
      const mget = async (service: Service) => {
        await filled(service, 30);
        const keys = Array.from({ length: 30 }, (_, index) => `user:${index}`);
        await times(20, () =>
          service.request(async () => {
            await service.redis.mget(keys);
            const pipeline = service.redis.pipeline();
            for (const key of keys) pipeline.get(key);
            await pipeline.exec();
          }),
        );
      };
      assert.deepEqual(troubles(await found(mget)), []);
    });
  });

  describe('written, never read', () => {
    const writes = (count: number, lookups: number) => async (service: Service) => {
      await filled(service, count, 'audit');
      await times(lookups, (index) => service.redis.get(`audit:${index}`));
    };

    it('is found', async () => {
      const findings = await found(writes(200, 0));
      assert.deepEqual(troubles(findings), ['never-read: audit:*']);
      assert.equal(findings[0]!.figure, '200 values were written, and none was looked up.');
    });

    it('is not found with one lookup per hundred writes, nor of 99 writes', async () => {
      assert.deepEqual(troubles(await found(writes(200, 2))), []);
      assert.deepEqual(troubles(await found(writes(99, 0))), []);
    });
  });

  it('are none in a healthy workload of 100,000 operations', async () => {
    const report = await reports.of(async ({ redis, request }) => {
      const users = 500;
      const loading = new Map<string, Promise<unknown>>();
      /** Cache-aside as it should be: one caller loads. */
      const user = async (id: number) => {
        const key = `user:${id}`;
        if ((await redis.get(key)) !== null) return;
        const load = loading.get(key) ?? redis.set(key, 'x'.repeat(200 + id), 'EX', MINUTE + (id % 10));
        loading.set(key, load);
        await load;
        loading.delete(key);
      };
      let requests = 0;
      const serve = () =>
        request(async () => {
          const number = requests++;
          for (let i = 0; i < 6; i++) await user((number * 7 + i) % users);
          const [first] = await Promise.all([
            redis.getex(`session:${number % 100}`, 'EX', 1800),
            redis.mget(Array.from({ length: 8 }, (_, i) => `user:${(number + i) % users}`)),
          ]);
          if (first === null) await redis.set(`session:${number % 100}`, 'x'.repeat(40), 'EX', 1800);
          if (number % 50 === 0) await redis.del(`user:${number % users}`);
        });
      const workers = Array.from({ length: 8 }, async () => {
        while (requests < 12_500) await serve();
      });
      await Promise.all(workers);
    });
    assert.ok(report.operations >= 100_000, `${report.operations} operations`);
    assert.deepEqual(troubles(ofTheWorkload(report)), []);
  }).timeout(300_000);
});
