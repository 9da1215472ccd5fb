'use strict';

/** What teams build by hand today, as found in many services: the things that configurations c, e, w and wm measure. */

const { hrTime, hrTimeDuration, hrTimeToMilliseconds } = require('@opentelemetry/core');
const { context, metrics, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');

const IDENTIFIER = /\b(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,})\b/gi;

function keyPattern(key) {
  return String(key).replace(IDENTIFIER, '*');
}

/** The five instruments that a team keeps per command. */
function instruments() {
  const meter = metrics.getMeter('hand-made');
  return {
    operations: meter.createCounter('app.cache.operations'),
    hits: meter.createCounter('app.cache.hits'),
    misses: meter.createCounter('app.cache.misses'),
    latency: meter.createHistogram('app.cache.latency', { unit: 'ms' }),
    valueSize: meter.createHistogram('app.cache.value_size', { unit: 'By' }),
  };
}

/** Records one command; a lookup where `hit` is told. */
function record({ operations, hits, misses, latency, valueSize }, attributes, milliseconds, hit, size) {
  operations.add(1, attributes);
  if (hit === true) hits.add(1, attributes);
  if (hit === false) misses.add(1, attributes);
  if (milliseconds !== undefined) latency.record(milliseconds, attributes);
  if (size !== undefined) valueSize.record(size, attributes);
}

/** Hooks for the official instrumentation of ioredis. */
function ioredisHooks() {
  const all = instruments();
  const started = new WeakMap();
  return {
    requestHook(span, { cmdArgs }) {
      started.set(span, performance.now());
      if (cmdArgs.length > 0) span.setAttribute('cache.key_pattern', keyPattern(cmdArgs[0]));
    },
    responseHook(span, cmdName, cmdArgs, response) {
      const pattern = cmdArgs.length > 0 ? keyPattern(cmdArgs[0]) : '';
      tell(all, span, cmdName, pattern, performance.now() - started.get(span), response);
    },
  };
}

/** That of redis has no hook for the request: the span tells when it began, where it is recorded. */
function redisHooks() {
  const all = instruments();
  return {
    responseHook(span, cmdName, cmdArgs, response) {
      const pattern = cmdArgs.length > 0 ? keyPattern(cmdArgs[0]) : '';
      if (pattern !== '') span.setAttribute('cache.key_pattern', pattern);
      const { startTime } = span;
      const duration = startTime && hrTimeToMilliseconds(hrTimeDuration(startTime, hrTime()));
      tell(all, span, cmdName, pattern, duration, response);
    },
  };
}

/** Puts on the span, and into the instruments, what a command did. */
function tell(all, span, cmdName, pattern, milliseconds, response) {
  const isLookup = /^(h?m?get)$/i.test(cmdName);
  const hit = isLookup ? response !== null && response !== undefined : undefined;
  const size = response?.length;
  if (hit !== undefined) span.setAttribute('cache.hit', hit);
  if (size !== undefined) span.setAttribute('cache.value_size', size);
  record(all, { 'cache.operation': cmdName, 'cache.key_pattern': pattern }, milliseconds, hit, size);
}

/** A wrapper around a memjs client, with spans (w) and with metrics too (wm). */
function wrapMemjs(client, { withMetrics }) {
  const tracer = trace.getTracer('hand-made');
  const all = withMetrics ? instruments() : undefined;
  for (const method of ['get', 'set']) {
    const original = client[method].bind(client);
    client[method] = (key, ...rest) => {
      // The promise form calls the callback form of the same method.
      if (typeof rest[rest.length - 1] === 'function') return original(key, ...rest);
      const pattern = keyPattern(key);
      const attributes = {
        'db.system.name': 'memcached',
        'db.operation.name': method,
        'cache.key_pattern': pattern,
        'server.address': '127.0.0.1',
      };
      const start = performance.now();
      const span = tracer.startSpan(`${method} ${pattern}`, { kind: SpanKind.CLIENT, attributes });
      return context.with(trace.setSpan(context.active(), span), async () => {
        try {
          const reply = await original(key, ...rest);
          const hit = method === 'get' ? reply.value !== null : undefined;
          const size = method === 'get' ? reply.value?.length : Buffer.byteLength(rest[0]);
          if (hit !== undefined) span.setAttribute('cache.hit', hit);
          if (size !== undefined) span.setAttribute('cache.value_size', size);
          if (all !== undefined) {
            const labels = { 'cache.operation': method, 'cache.key_pattern': pattern };
            record(all, labels, performance.now() - start, hit, size);
          }
          return reply;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      });
    };
  }
}

module.exports = { ioredisHooks, redisHooks, wrapMemjs };
