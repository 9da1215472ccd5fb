import { diag, type Span } from '@opentelemetry/api';
import { acceptedHook, optionsOf } from './config';
import { currentTelemetry } from './current';
import { isPatched } from './patches';
import { redisCommand } from './redis/commands';
import { ATTR_DB_NAMESPACE, ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT, DB_SYSTEM_REDIS, SCOPE_NAME } from './semconv';
import type { Client } from './telemetry/client';
import { epochMillis, now } from './telemetry/clock';
import type { Endpoint } from './telemetry/endpoint';
import { foreignSpans } from './telemetry/foreign-spans';
import type { Operation } from './telemetry/operation';
import { cacheAttributes } from './telemetry/span-attributes';

/** The clients of the official instrumentations. */
type OfficialClient = 'ioredis' | 'redis';

/** What the official instrumentations tell a `requestHook`. */
export interface OfficialRequestInfo {
  moduleVersion?: string;
  cmdName: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the official instrumentations declare them
  cmdArgs: (string | Buffer | number | any[])[];
}

/**
 * The hooks of `@opentelemetry/instrumentation-ioredis`, in its own signatures. `@opentelemetry/instrumentation-redis` has the
 * second of them only.
 */
export interface OfficialHooks {
  requestHook: (span: Span, info: OfficialRequestInfo) => void;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as the official instrumentations declare them
  responseHook: (span: Span, cmdName: string, cmdArgs: any[], response: any) => void;
}

/**
 * Hooks for those who keep an official instrumentation: they put key pattern, hit or miss, sizes, TTL and counts on its spans, and feed our
 * metrics: `new IORedisInstrumentation({ ...cacheHooks() })`, `new RedisInstrumentation({ ...cacheHooks() })`. The official
 * instrumentations call no hook for a command that fails, so failures do not reach the metrics this way.
 *
 * @param own hooks of yours, called first
 */
export function cacheHooks(own?: Partial<OfficialHooks>): OfficialHooks {
  const { requestHook, responseHook } = optionsOf(own, 'the hooks given to cacheHooks');
  return composeHooks(
    { requestHook: acceptedHook('requestHook', requestHook), responseHook: acceptedHook('responseHook', responseHook) },
    () => true,
  );
}

/** Hooks of the application, as far as it has any. */
type OwnHooks = { [K in keyof OfficialHooks]?: OfficialHooks[K] | undefined };

/** @param active whether our part of the hooks is wanted now */
export function composeHooks(own: OwnHooks, active: () => boolean): OfficialHooks {
  foreignSpans.enable();
  const operations = new WeakMap<Span, Operation | undefined>();
  // The official instrumentation makes a second span of a command that waited for its connection.
  const byArguments = new WeakMap<object, Operation>();
  const begun = (span: Span, info: OfficialRequestInfo): Operation | undefined => {
    const known = byArguments.get(info.cmdArgs);
    if (known !== undefined && !known.settled) return known;
    const operation = begin(span, info);
    if (operation !== undefined) byArguments.set(info.cmdArgs, operation);
    return operation;
  };
  return {
    requestHook: (span, info) => {
      try {
        own.requestHook?.(span, info);
      } finally {
        guard(() => {
          if (active()) operations.set(span, begun(span, info));
        });
      }
    },
    responseHook: (span, cmdName, cmdArgs, response: unknown) => {
      try {
        own.responseHook?.(span, cmdName, cmdArgs, response);
      } finally {
        guard(() => {
          if (!active()) return;
          // The instrumentation of redis tells of the end only.
          if (operations.has(span)) settle(span, operations.get(span), cmdArgs, response);
          else describe(span, read(span, cmdName, cmdArgs, response));
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
  if (isPatched('ioredis')) return undefined;
  return currentTelemetry().begin(clientOf('ioredis', span, moduleVersion), cmdName, cmdArgs, 0);
}

function settle(span: Span, operation: Operation | undefined, args: object, response: unknown): void {
  const answer = foreignSpans.answerOf(args);
  describe(span, answer === undefined ? settleOwn(operation, response) : answer(response));
}

function describe(span: Span, settled: Operation | undefined): void {
  if (settled !== undefined) span.setAttributes(cacheAttributes(settled));
}

/** A command that is heard of when it has been answered. */
function read(span: Span, name: string, args: readonly unknown[], response: unknown): Operation | undefined {
  // The adapter observes it and has told the span. Before version 4 the hook is called for failures too, without a response.
  if (isPatched('redis') || response === undefined || isQueued(response)) return undefined;
  foreignSpans.add(args, span);
  const telemetry = currentTelemetry();
  const client = clientOf('redis', span, undefined);
  const startTime = startOf(span);
  if (startTime === undefined) {
    // As a member of a batch that never ends: it is counted, and no duration is made up.
    return telemetry.memberSucceeded(
      telemetry.beginBatch(client, 'PIPELINE'),
      client.route.named(name),
      args,
      0,
      response,
    );
  }
  const operation = telemetry.begin(client, name, args, 0, startTime);
  if (operation !== undefined) telemetry.succeed(operation, response);
  return operation;
}

/** When a span began, as the clock's {@link now} tells it; undefined: it is not recorded and does not know. */
function startOf(span: Span): number | undefined {
  const { startTime } = span as { startTime?: readonly [seconds: number, nanoseconds: number] };
  if (startTime === undefined) return undefined;
  const time = now();
  return time - Math.max(0, epochMillis(time) - (startTime[0] * 1000 + startTime[1] / 1e6));
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
function clientOf(name: OfficialClient, span: Span, moduleVersion: string | undefined): Client {
  const attributes = (span as { attributes?: Record<string, unknown> }).attributes ?? {};
  const given = attributes[ATTR_SERVER_ADDRESS] ?? attributes['net.peer.name'];
  const port = attributes[ATTR_SERVER_PORT] ?? attributes['net.peer.port'];
  const address = typeof given === 'string' ? given : 'localhost';
  const endpoint: Endpoint = typeof port === 'number' ? { address, port } : { address };
  const namespace = attributes[ATTR_DB_NAMESPACE];
  const target = {
    system: DB_SYSTEM_REDIS,
    endpoint,
    ...(typeof namespace === 'string' ? { namespace } : {}),
  };
  const telemetry = currentTelemetry();
  return {
    name,
    moduleVersion,
    telemetry,
    route: telemetry.route(target, undefined, redisCommand),
    peer: () => undefined,
  };
}
