import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KeyPatterns } from '../../src/telemetry/key-patterns';

const BODY = 1_000_000;
const BODIES = 200;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A key as an application cuts it out of a request's body: the engine makes it a view of the body. */
function cutOut(key: string): string {
  return Buffer.alloc(BODY, `${key};`).toString('latin1').slice(0, key.length);
}

/** How much more is held after the patterns of many such keys were asked for, in bodies. */
function heldBodies(patterns: KeyPatterns<string>, keyOf: (index: number) => string): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let index = 0; index < BODIES; index++) patterns.of(cutOut(keyOf(index)));
  collectGarbage();
  return (process.memoryUsage().heapUsed - before) / BODY;
}

const letters = (index: number) => String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));

describe('remembered keys', () => {
  const KINDS: Record<string, (index: number) => string> = {
    'keys with numbers': (index) => `customer:${10_000_000 + index}:preferences`,
    'keys with identifiers': (index) => `customer:a${10_000_000 + index}:preferences`,
    'more words than a position shows': (index) => `${letters(index)}-collection-of-things:list`,
    // Short of the number at which they collapse.
    'words of a schema': (index) => `${letters(index % 60)}-collection-of-things:list`,
  };
  for (const [kind, keyOf] of Object.entries(KINDS)) {
    it(`do not keep alive what they were cut out of: ${kind}`, () => {
      const patterns = new KeyPatterns({ known: [], limit: 1000, result: (pattern) => pattern });
      const held = heldBodies(patterns, keyOf);
      // Keys that differ in numbers only are found by their shape, and not remembered.
      assert.ok(kind.includes('numbers') || patterns.size.memo > 10, JSON.stringify(patterns.size));
      assert.ok(patterns.size.nodes > 1, JSON.stringify(patterns.size));
      assert.ok(held < 5, `${held.toFixed(1)} of ${BODIES} bodies are held`);
    });
  }
});
