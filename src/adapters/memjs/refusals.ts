import { RefusedCalls, type RequestingMethod } from '../../telemetry/refused-calls';
import type { MemjsClient } from './library';

type Arguments = RequestingMethod<MemjsClient>['argumentsOf'];

const keyAlone: Arguments = ({ 0: key }) => [key];
const keyAndSecond: Arguments = ({ 0: key, 1: second }) => [key, second];
const stored: Arguments = ({ 0: key, 1: value, 2: options }) => [
  key,
  value,
  (options as { expires?: unknown } | null | undefined)?.expires,
];

/** The methods that make a request for a key. The promise form calls the other one. */
export const METHODS: Readonly<Record<string, RequestingMethod<MemjsClient>>> = {
  get: { command: 'get', argumentsOf: keyAlone },
  set: { command: 'set', argumentsOf: stored },
  add: { command: 'add', argumentsOf: stored },
  replace: { command: 'replace', argumentsOf: stored },
  delete: { command: 'delete', argumentsOf: keyAlone },
  increment: { command: 'incr', argumentsOf: keyAndSecond },
  decrement: { command: 'decr', argumentsOf: keyAndSecond },
  append: { command: 'append', argumentsOf: keyAndSecond },
  prepend: { command: 'prepend', argumentsOf: keyAndSecond },
  touch: { command: 'touch', argumentsOf: keyAndSecond },
};

export const refusals = new RefusedCalls<MemjsClient>();
