'use strict';
// One trace as a tree.

const { bytes, fit, green, ms, table, yellow } = require('./text');

const LONGEST_NAME = 38;

/** HTTP spans are named by their method alone. */
function nameOf({ name, attributes }) {
  const url = attributes['url.full'] ?? attributes['http.url'];
  if (url !== undefined) return `${name} database ${pathOf(url)}`;
  return `${name} ${pathOf(attributes['url.path'] ?? attributes['http.target'] ?? '')}`.trim();
}

function pathOf(url) {
  return URL.canParse(url) ? new URL(url).pathname : url;
}

function resultOf({ attributes }) {
  const hits = attributes['cache.hits'];
  if (hits !== undefined) return [`${hits}/${attributes['cache.key_count']} HIT`, hits > 0 ? green : yellow];
  const hit = attributes['cache.hit'];
  if (hit !== undefined) return hit ? ['HIT', green] : ['MISS', yellow];
  return String(attributes['http.response.status_code'] ?? attributes['http.status_code'] ?? '');
}

function rowOf(span, root, branch) {
  const { attributes, start, end } = span;
  const size = attributes['cache.value_size'];
  const ttl = attributes['cache.ttl'];
  return [
    fit(branch + nameOf(span), LONGEST_NAME),
    attributes['cache.name'],
    resultOf(span),
    ms(Number(start - root.start) / 1e6),
    ms(Number(end - start) / 1e6),
    size === undefined ? '' : bytes(size),
    ttl === undefined ? '' : `${ttl} s`,
  ];
}

function* rowsOf(span, root, spans, branch = '', indent = '') {
  yield rowOf(span, root, branch);
  const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  // Not by their starts: those of spans that other instrumentations make are whole milliseconds.
  children.sort((one, other) => Number(one.end - other.end));
  for (const [index, child] of children.entries()) {
    const last = index === children.length - 1;
    yield* rowsOf(child, root, spans, indent + (last ? '└─ ' : '├─ '), indent + (last ? '   ' : '│  '));
  }
}

/** The spans of a trace, its root first. */
function traceOf(root, spans) {
  return [root, ...spans.filter((span) => span !== root && span.traceId === root.traceId)];
}

/** @param trace as {@link traceOf} gives it */
function printTree(trace) {
  const [root] = trace;
  table(['span', 'cache', 'result', '>start', '>duration', '>size', '>TTL'], [...rowsOf(root, root, trace)]);
}

module.exports = { printTree, traceOf };
