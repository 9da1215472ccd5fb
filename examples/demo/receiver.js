'use strict';
// A small OTLP receiver: what a backend does at its front door. It takes spans and metrics as JSON.

const http = require('node:http');
const { gunzipSync } = require('node:zlib');

function valueOf(value) {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(valueOf);
  const [plain] = Object.values(value);
  // OTLP/JSON writes 64-bit integers as strings.
  return 'intValue' in value ? Number(plain) : plain;
}

function attributesOf(list = []) {
  return Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));
}

function* spansIn({ resourceSpans = [] }) {
  for (const { scopeSpans = [] } of resourceSpans) {
    for (const { spans = [] } of scopeSpans) {
      for (const span of spans) {
        yield {
          ...span,
          attributes: attributesOf(span.attributes),
          start: BigInt(span.startTimeUnixNano),
          end: BigInt(span.endTimeUnixNano),
        };
      }
    }
  }
}

function* pointsIn({ resourceMetrics = [] }) {
  for (const { scopeMetrics = [] } of resourceMetrics) {
    for (const { metrics = [] } of scopeMetrics) {
      for (const { name, sum, gauge, histogram } of metrics) {
        for (const point of (sum ?? gauge ?? histogram).dataPoints) {
          const value = point.asDouble ?? Number(point.asInt ?? point.count);
          yield { ...point, metric: name, value, attributes: attributesOf(point.attributes) };
        }
      }
    }
  }
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return JSON.parse(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
}

/** Starts the receiver on a free port. `spans` holds every span, `points` the latest point of each metric's series. */
async function startReceiver() {
  const spans = [];
  const series = new Map();
  const server = http.createServer(async (request, response) => {
    try {
      const body = await bodyOf(request);
      spans.push(...spansIn(body));
      for (const point of pointsIn(body)) series.set(point.metric + JSON.stringify(point.attributes), point);
      response.setHeader('content-type', 'application/json').end('{}');
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${server.address().port}`,
    spans,
    /** The points of one metric, those with most in them first. */
    points: (metric) =>
      [...series.values()].filter((point) => point.metric === metric).sort((one, other) => other.value - one.value),
    metrics: () => [...new Set([...series.values()].map((point) => point.metric))],
  };
}

module.exports = { startReceiver };
