import type { SpanData } from '../support/telemetry-data';

/** The names of spans in the order of their start, each indented below its parent. */
export function treeOf(spans: readonly SpanData[]): string[] {
  const sorted = [...spans].sort((one, other) => Number(one.startTimeUnixNano - other.startTimeUnixNano));
  const known = new Set(sorted.map(({ spanId }) => spanId));
  const below = (parent: string, indent: string): string[] =>
    sorted
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap((span) => [indent + span.name, ...below(span.spanId, `${indent}  `)]);
  return sorted
    .filter(({ parentSpanId }) => parentSpanId === undefined || !known.has(parentSpanId))
    .flatMap((root) => [root.name, ...below(root.spanId, '  ')]);
}
