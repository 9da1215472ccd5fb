import { type ArgumentsOf, RefusedCalls } from '../../telemetry/refused-calls';
import type { MemjsClient } from './library';

type Arguments = ArgumentsOf<MemjsClient>;

const keyAlone: Arguments = ({ 0: key }) => [key];
const keyAndSecond: Arguments = ({ 0: key, 1: second }) => [key, second];
const stored: Arguments = ({ 0: key, 1: value, 2: options }) => [
  key,
  value,
  (options as { expires?: unknown } | null | undefined)?.expires,
];

/** The methods that make a request for a key. The promise form calls the other one. */
const METHODS: Readonly<Record<string, Arguments>> = {
  get: keyAlone,
  set: stored,
  add: stored,
  replace: stored,
  delete: keyAlone,
  increment: keyAndSecond,
  decrement: keyAndSecond,
  append: keyAndSecond,
  prepend: keyAndSecond,
  touch: keyAndSecond,
};

export const refusals = new RefusedCalls(METHODS, { increment: 'incr', decrement: 'decr' });
