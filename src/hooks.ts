import { diag, type Span } from '@opentelemetry/api';
import { currentTelemetry } from './current';
import { isPatched } from './patches';
import { redisCommand } from './redis/commands';
import { ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT, DB_SYSTEM_REDIS, SCOPE_NAME } from './semconv';
import type { Client } from './telemetry/client';
import type { Endpoint } from './telemetry/endpoint';
import { foreignSpans } from './telemetry/foreign-spans';
import type { Operation } from './telemetry/operation';
import { cacheAttributes } from './telemetry/span-attributes';

/** The client of the official instrumentation. */
const CLIENT = 'ioredis';

/** What the official instrumentations tell a `requestHook`. */
export interface OfficialRequestInfo {
  moduleVersion?: string;
  cmdName: string;
  cmdArgs: (string | Buffer | number)[];
}

/** The hooks of `@opentelemetry/instrumentation-ioredis`, in its own signatures. */
export interface OfficialHooks {
  requestHook: (span: Span, info: OfficialRequestInfo) => void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the official instrumentations declare them
  responseHook: (span: Span, cmdName: string, cmdArgs: any[], response: any) => void;
}

/**
 * Hooks for those who keep an official instrumentation: they put key pattern, hit or miss, sizes, TTL and counts on its spans, and feed our
 * metrics: `new IORedisInstrumentation({ ...cacheHooks() })`. The official instrumentations call no hook for a command
 * that fails, so failures do not reach the metrics this way.
 *
 * @param own hooks of yours, called first
 */
export function cacheHooks(own: Partial<OfficialHooks> = {}): OfficialHooks {
  foreignSpans.enable();
  const operations = new WeakMap<Span, Operation>();
  return {
    requestHook: (span, info) => {
      try {
        own.requestHook?.(span, info);
      } finally {
        guard(() => {
          const operation = begin(span, info);
          if (operation !== undefined) operations.set(span, operation);
        });
      }
    },
    responseHook: (span, cmdName, cmdArgs, response: unknown) => {
      try {
        own.responseHook?.(span, cmdName, cmdArgs, response);
      } finally {
        guard(() => {
          settle(span, operations.get(span), cmdArgs, response);
        });
      }
    },
  };
}

/** The hooks' own failures must not reach the caller, which does not look for them. */
function guard(run: () => void): void {
  try {
    run();
  } catch (error) {
    diag.debug(`${SCOPE_NAME}: a span could not be described`, error);
  }
}

function begin(span: Span, { cmdName, cmdArgs, moduleVersion }: OfficialRequestInfo): Operation | undefined {
  foreignSpans.add(cmdArgs, span);
  // The adapter counts it, and knows more.
  if (isPatched(CLIENT)) return undefined;
  return currentTelemetry().begin(clientOf(span, moduleVersion), cmdName, cmdArgs, 0);
}

function settle(span: Span, operation: Operation | undefined, args: object, response: unknown): void {
  const answer = foreignSpans.answerOf(args);
  const settled = answer === undefined ? settleOwn(operation, response) : answer(response);
  if (settled !== undefined) span.setAttributes(cacheAttributes(settled));
}

/** No adapter of ours observes the command. */
function settleOwn(operation: Operation | undefined, response: unknown): Operation | undefined {
  // Inside a transaction; what it did stands in the reply of EXEC, and these hooks cannot tell whose that is.
  if (operation === undefined || isQueued(response)) return undefined;
  currentTelemetry().succeed(operation, response);
  return operation;
}

function isQueued(response: unknown): boolean {
  return (typeof response === 'string' || Buffer.isBuffer(response)) && response.toString() === 'QUEUED';
}

/** All that a hook knows of the client stands on its span. */
function clientOf(span: Span, moduleVersion: string | undefined): Client {
  const attributes = (span as { attributes?: Record<string, unknown> }).attributes ?? {};
  const given = attributes[ATTR_SERVER_ADDRESS] ?? attributes['net.peer.name'];
  const port = attributes[ATTR_SERVER_PORT] ?? attributes['net.peer.port'];
  const address = typeof given === 'string' ? given : 'localhost';
  const endpoint: Endpoint = typeof port === 'number' ? { address, port } : { address };
  const target = { system: DB_SYSTEM_REDIS, endpoint, namespace: '0' };
  return {
    name: CLIENT,
    moduleVersion,
    route: currentTelemetry().route(target, undefined, redisCommand),
    peer: () => undefined,
  };
}
