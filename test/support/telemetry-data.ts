/** The plain form in which tests see spans and metrics, and how it is read from OTLP/JSON. */

export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };
export type Attributes = Record<string, Plain>;

export interface SpanData {
  readonly traceId: string;
  readonly spanId: string;
  /** Absent: a root span. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: 'UNSPECIFIED' | 'INTERNAL' | 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER';
  readonly attributes: Attributes;
  readonly status: { readonly code: 'UNSET' | 'OK' | 'ERROR'; readonly message?: string };
  readonly events: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  readonly durationMs: number;
  readonly scope: Scope;
  readonly resource: Attributes;
}

/** One data point of a metric. */
export interface MetricData {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly type: 'sum' | 'gauge' | 'histogram';
  /** Absent: a gauge. */
  readonly temporality: 'delta' | 'cumulative' | undefined;
  /** Sums only. */
  readonly monotonic: boolean | undefined;
  readonly attributes: Attributes;
  /** Sums and gauges. */
  readonly value: number | undefined;
  /** Histograms. */
  readonly histogram: HistogramData | undefined;
  readonly timeUnixNano: bigint;
  readonly scope: Scope;
  readonly resource: Attributes;
}

export interface HistogramData {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bounds: readonly number[];
  readonly bucketCounts: readonly number[];
}

export interface Scope {
  readonly name: string;
  readonly version: string | undefined;
}

// What OTLP/JSON looks like, as far as it is read here. 64-bit integers may be strings.
interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: OtlpValue[] };
  kvlistValue?: { values?: OtlpAttribute[] };
}
interface OtlpAttribute {
  key: string;
  value: OtlpValue;
}
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  attributes?: OtlpAttribute[];
  status?: { code?: number; message?: string };
  events?: { name: string; attributes?: OtlpAttribute[] }[];
  links?: unknown[];
  startTimeUnixNano: string;
  endTimeUnixNano: string;
}
interface OtlpPoint {
  attributes?: OtlpAttribute[];
  timeUnixNano: string;
  asInt?: string | number;
  asDouble?: number;
  count?: string | number;
  sum?: number;
  min?: number;
  max?: number;
  explicitBounds?: number[];
  bucketCounts?: (string | number)[];
}
interface OtlpPoints {
  dataPoints: OtlpPoint[];
  aggregationTemporality?: number;
  isMonotonic?: boolean;
}
interface OtlpMetric {
  name: string;
  unit?: string;
  description?: string;
  sum?: OtlpPoints;
  gauge?: OtlpPoints;
  histogram?: OtlpPoints;
}
interface OtlpScope {
  name?: string;
  version?: string;
}
interface OtlpResource {
  attributes?: OtlpAttribute[];
}
export interface OtlpTraces {
  resourceSpans?: { resource?: OtlpResource; scopeSpans?: { scope?: OtlpScope; spans?: OtlpSpan[] }[] }[];
}
export interface OtlpMetrics {
  resourceMetrics?: { resource?: OtlpResource; scopeMetrics?: { scope?: OtlpScope; metrics?: OtlpMetric[] }[] }[];
}

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const;
const TEMPORALITIES = [undefined, 'delta', 'cumulative'] as const;

function plainValue(value: OtlpValue): Plain {
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plainValue);
  if (value.kvlistValue !== undefined) return plainAttributes(value.kvlistValue.values);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}

function plainAttributes(attributes: readonly OtlpAttribute[] = []): Attributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainScope(scope: OtlpScope = {}): Scope {
  return { name: scope.name ?? '', version: scope.version };
}

function plainSpan(span: OtlpSpan, scope: Scope, resource: Attributes): SpanData {
  const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
  const { code = 0, message } = span.status ?? {};
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    name: span.name,
    kind: KINDS[span.kind ?? 0]!,
    attributes: plainAttributes(span.attributes),
    status: { code: STATUS_CODES[code]!, ...(message ? { message } : {}) },
    events: (span.events ?? []).map(({ name, attributes }) => ({ name, attributes: plainAttributes(attributes) })),
    links: span.links?.length ?? 0,
    startTimeUnixNano: start,
    endTimeUnixNano: end,
    durationMs: Number(end - start) / 1e6,
    scope,
    resource,
  };
}

function plainHistogram(point: OtlpPoint): HistogramData {
  return {
    count: Number(point.count),
    sum: point.sum,
    min: point.min,
    max: point.max,
    bounds: point.explicitBounds ?? [],
    bucketCounts: (point.bucketCounts ?? []).map(Number),
  };
}

function plainMetric(metric: OtlpMetric, scope: Scope, resource: Attributes): MetricData[] {
  const type = metric.histogram ? 'histogram' : metric.sum ? 'sum' : 'gauge';
  const points = metric[type];
  if (points === undefined) throw new Error(`unknown kind of metric: ${JSON.stringify(metric)}`);
  return points.dataPoints.map((point) => ({
    name: metric.name,
    unit: metric.unit ?? '',
    description: metric.description ?? '',
    type,
    temporality: TEMPORALITIES[points.aggregationTemporality ?? 0],
    monotonic: type === 'sum' ? (points.isMonotonic ?? false) : undefined,
    attributes: plainAttributes(point.attributes),
    value: type === 'histogram' ? undefined : Number(point.asInt ?? point.asDouble),
    histogram: type === 'histogram' ? plainHistogram(point) : undefined,
    timeUnixNano: BigInt(point.timeUnixNano),
    scope,
    resource,
  }));
}

export function readSpans(traces: OtlpTraces): SpanData[] {
  return (traces.resourceSpans ?? []).flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => plainSpan(span, plainScope(scope), plainAttributes(resource?.attributes))),
    ),
  );
}

export function readMetrics(data: OtlpMetrics): MetricData[] {
  return (data.resourceMetrics ?? []).flatMap(({ resource, scopeMetrics = [] }) =>
    scopeMetrics.flatMap(({ scope, metrics = [] }) =>
      metrics.flatMap((metric) => plainMetric(metric, plainScope(scope), plainAttributes(resource?.attributes))),
    ),
  );
}

/** The last point of every series: of each scope, name and set of attributes. */
export function latest(points: readonly MetricData[]): MetricData[] {
  const series = new Map<string, MetricData>();
  for (const point of points) {
    const attributes = Object.entries(point.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    series.set(JSON.stringify([point.scope.name, point.name, attributes]), point);
  }
  return [...series.values()];
}
