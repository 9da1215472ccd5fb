'use strict';
// Stands for PostgreSQL in the examples: two tables, and the time and the spans that queries have.

const { setTimeout: passes } = require('node:timers/promises');
const { SpanKind, trace } = require('@opentelemetry/api');

const products = new Map(Array.from({ length: 100 }, (_, i) => [String(i), { id: String(i), name: `Product ${i}` }]));

async function query(summary, milliseconds, read) {
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': summary };
  return trace.getTracer('examples').startActiveSpan(summary, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      await passes(milliseconds);
      return read();
    } finally {
      span.end();
    }
  });
}

/** `undefined`: there is no such product. */
const findProduct = (id) => query('SELECT products', 15, () => products.get(id));

const saveProduct = (product) => query('UPDATE products', 8, () => void products.set(product.id, product));

module.exports = { findProduct, saveProduct };
