import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { LOOPBACK } from './redis-server';
import { latest, readMetrics, readSpans, type MetricData, type SpanData } from './telemetry-data';

/** What a receiver has heard so far. */
export interface Received {
  /** All spans in the order of their arrival. */
  spans(): readonly SpanData[];
  /** The latest point of every series. */
  metrics(): readonly MetricData[];
  /** All points of all exports in the order of their arrival. */
  metricPoints(): readonly MetricData[];
  /** The bodies of all log exports, as they came. */
  logs(): readonly unknown[];
}

export interface OtlpReceiver extends Received {
  readonly endpoint: string;
  /** The `OTEL_*` variables that make a program export to this receiver, often. */
  env(): Record<string, string>;
  /** Waits until the predicate gives something truthy, and gives that; fails with `what` and what was received. */
  waitFor<T>(predicate: (received: Received) => T, what: string, timeoutMs?: number): Promise<NonNullable<T>>;
  close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const isZipped = request.headers['content-encoding'] === 'gzip';
  return JSON.parse((isZipped ? gunzipSync(body) : body).toString());
}

class Store implements Received {
  readonly #spans: SpanData[] = [];
  readonly #points: MetricData[] = [];
  readonly #logs: unknown[] = [];
  readonly #listeners = new Set<() => void>();

  add(path: string, body: object): void {
    if (path === '/v1/traces') this.#spans.push(...readSpans(body));
    else if (path === '/v1/metrics') this.#points.push(...readMetrics(body));
    else if (path === '/v1/logs') this.#logs.push(body);
    else throw new Error(`no OTLP path: ${path}`);
    for (const listener of this.#listeners) listener();
  }

  spans(): readonly SpanData[] {
    return [...this.#spans];
  }

  metrics(): readonly MetricData[] {
    return latest(this.#points);
  }

  metricPoints(): readonly MetricData[] {
    return [...this.#points];
  }

  logs(): readonly unknown[] {
    return [...this.#logs];
  }

  waitFor<T>(predicate: (received: Received) => T, what: string, timeoutMs = 10_000): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
        settle();
      };
      const check = (): void => {
        try {
          const result = predicate(this);
          if (result) finish(() => resolve(result));
        } catch (error) {
          finish(() => reject(error as Error));
        }
      };
      const timer = setTimeout(() => finish(() => reject(this.#timedOut(what, timeoutMs))), timeoutMs);
      this.#listeners.add(check);
      check();
    });
  }

  #timedOut(what: string, timeoutMs: number): Error {
    const spans = this.#spans.map((span) => span.name).join(', ');
    const metrics = [...new Set(this.#points.map((point) => point.name))].join(', ');
    return new Error(`not received within ${timeoutMs} ms: ${what}\n  spans: ${spans}\n  metrics: ${metrics}`);
  }
}

function exportVariables(endpoint: string): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: 'fixture',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    OTEL_METRIC_EXPORT_TIMEOUT: '200',
  };
}

/** Starts a small OTLP/HTTP receiver (JSON, plain or gzip) on a free loopback port. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const store = new Store();
  const server = createServer((request, response) => {
    bodyOf(request).then(
      (body) => {
        store.add(request.url ?? '', body as object);
        response.setHeader('content-type', 'application/json').end('{}');
      },
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const endpoint = `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    env: () => exportVariables(endpoint),
    spans: () => store.spans(),
    metrics: () => store.metrics(),
    metricPoints: () => store.metricPoints(),
    logs: () => store.logs(),
    waitFor: (predicate, what, timeoutMs) => store.waitFor(predicate, what, timeoutMs),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
