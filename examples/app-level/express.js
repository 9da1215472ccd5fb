'use strict';
// Express with getOrSet: a product comes from Redis, else from the database. However many ask at once, it is loaded once.
//
//   REDIS_URL=redis://localhost:6379 node --require opentelemetry-instrumentation-cache/register examples/app-level/express.js
//   curl localhost:3000/products/17

const express = require('express');
const { Redis } = require('ioredis');
const { TracedCache } = require('opentelemetry-instrumentation-cache');
const { findProduct } = require('./database');

const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');
const products = new TracedCache('products', redis, {
  prefix: 'express:product:',
  ttl: '5m',
  missTtl: '10s',
  jitter: 0.1,
});

const app = express();

app.get('/products/:id', async (request, response) => {
  const product = await products.getOrSet(request.params.id, () => findProduct(request.params.id));
  if (product === undefined) response.status(404).json({ error: 'no such product' });
  else response.json(product);
});

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`);
});

process.once('SIGTERM', () => {
  server.close();
  redis.disconnect();
});
