import assert from 'node:assert/strict';
import { CacheInstrumentation } from '../../src';
import { observe } from '../adapters/observe';
import { copyLibrary, requireHere } from './library-copies';
import { assertLeftWithoutTrace, shapeOf } from './traces';
import type { Connection, PatchedMethod, Subject } from './subject';

function ownProperties(methods: readonly PatchedMethod[]): (PropertyDescriptor | undefined)[] {
  return methods.map(([target, method]) => Object.getOwnPropertyDescriptor(target, method));
}

function assertPatched(methods: readonly PatchedMethod[], before: readonly (PropertyDescriptor | undefined)[]): void {
  for (const [index, after] of ownProperties(methods).entries()) {
    const original = before[index]?.value as Function | undefined;
    const name = methods[index]![1];
    assert.notEqual(after?.value, original, `${name} is patched`);
    if (original !== undefined) assert.deepEqual(shapeOf(after!), shapeOf(before[index]!));
  }
}

function assertRestored(methods: readonly PatchedMethod[], before: readonly (PropertyDescriptor | undefined)[]): void {
  for (const [index, after] of ownProperties(methods).entries()) {
    const name = methods[index]![1];
    assert.equal(after?.value, before[index]?.value, `${name} is the very same function`);
    assert.deepEqual(after, before[index], `${name}: its property`);
  }
}

/** Patched and restored: the very same functions, on every loaded copy. */
export function describePatching(subject: Subject): void {
  describe('the library', () => {
    const observer = observe();
    let requireCopy: NodeJS.Require;
    before(() => {
      requireCopy = copyLibrary(subject.packageName);
      requireCopy(subject.packageName);
    });

    it('is patched by enable() and restored exactly by disable()', () => {
      const methods = subject.patched(requireHere);
      observer.instrumentation.disable();
      const before = ownProperties(methods);
      for (let round = 0; round < 2; round++) {
        observer.instrumentation.enable();
        assertPatched(methods, before);
        observer.instrumentation.disable();
        assertRestored(methods, before);
      }
      observer.instrumentation.enable();
    });

    it('is left without a trace by disable()', () => {
      assertLeftWithoutTrace(observer.instrumentation, subject.packageName, subject.patched(requireHere).length);
    });

    it('may be loaded twice: both copies are patched, observed and restored', async () => {
      const requires = [requireHere, requireCopy];
      const [one, other] = requires.map((require) => subject.patched(require));
      assert.notEqual(one![0]![0], other![0]![0]);
      const connections: Connection[] = [];
      for (const require of requires) connections.push(await subject.connect(require(subject.packageName)));
      await observer.traced(() => Promise.all(connections.map((connection) => connection.get('plain'))));
      assert.equal(observer.spans().length, 2);

      const patched = [...one!, ...other!].map(([target, method]) => (target as Record<string, unknown>)[method]);
      observer.instrumentation.disable();
      const restored = [...one!, ...other!].map(([target, method]) => (target as Record<string, unknown>)[method]);
      for (const [index, method] of restored.entries()) assert.notEqual(method, patched[index]);
      await observer.traced(() => Promise.all(connections.map((connection) => connection.get('plain'))));
      assert.equal(observer.spans().length, 2);
      observer.instrumentation.enable();
      for (const connection of connections) await connection.close();
    });

    it('stays patched until the last of several instrumentations is disabled', () => {
      const methods = subject.patched(requireHere);
      observer.instrumentation.disable();
      const before = ownProperties(methods);
      const [first, second] = [new CacheInstrumentation(), new CacheInstrumentation()];
      const patched = ownProperties(methods);
      second.disable();
      assert.deepEqual(ownProperties(methods), patched);
      first.disable();
      assertRestored(methods, before);
      observer.instrumentation.enable();
    });

    it('is left alone where its adapter is not chosen', () => {
      const methods = subject.patched(requireHere);
      observer.instrumentation.disable();
      const before = ownProperties(methods);
      const instrumentation = new CacheInstrumentation({ clients: [`-${subject.client}`] });
      assertRestored(methods, before);
      instrumentation.setConfig({ clients: [subject.client] });
      assertPatched(methods, before);
      instrumentation.disable();
      observer.instrumentation.enable();
    });
  });
}
