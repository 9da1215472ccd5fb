import { collectReport } from '../../src/report/collect';
import type { CacheReportData } from '../../src';
import { clientOf, run, startTelemetry } from '../telemetry/calls';

const SIZES = [20, 500, 9000, 120_000];

/** A report of so many caches with so many patterns each, in which much is going on; the first of each cache has troubles. */
export function madeUpReport(caches: number, patterns: number, nameOf = defaultName): CacheReportData {
  const names = Array.from({ length: caches }, (_, cache) =>
    Array.from({ length: patterns }, (_, pattern) => nameOf(cache, pattern)),
  );
  const telemetry = startTelemetry({ maxKeyPatterns: 1000, keyPatterns: names.flat().map((name) => `${name}:*`) });
  telemetry.statistics.recordDetail();
  for (let cache = 0; cache < caches; cache++) {
    const client = clientOf(telemetry, { endpoint: { address: `cache-${cache}.test`, port: 6379 } });
    for (let pattern = 0; pattern < patterns; pattern++) {
      const prefix = names[cache]![pattern]!;
      for (let again = 0; pattern === 0 && again < 120; again++) run(telemetry, client, 'get', [`${prefix}:1`], null);
      const value = 'x'.repeat(SIZES[pattern % SIZES.length]!);
      for (let key = 0; key <= pattern % 7; key++) {
        run(telemetry, client, 'get', [`${prefix}:${1000 + key}`], key % 2 === 0 ? null : value);
        run(telemetry, client, 'set', [`${prefix}:${1000 + key}`, value, 'EX', 60 * (1 + pattern)], 'OK');
      }
    }
  }
  telemetry.stop();
  return collectReport(telemetry);
}

function defaultName(cache: number, pattern: number): string {
  return `shop-${cache}:area-${pattern}:thing`;
}
