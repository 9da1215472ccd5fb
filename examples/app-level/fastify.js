'use strict';
// Fastify with getOrSet: a stale product is served at once while a new one is loaded, and a client that goes away is not waited for.
//
//   REDIS_URL=redis://localhost:6379 node --require opentelemetry-instrumentation-cache/register examples/app-level/fastify.js
//   curl localhost:3000/products/17

const fastify = require('fastify')();
const { createClient } = require('redis');
const { TracedCache } = require('opentelemetry-instrumentation-cache');
const { findProduct } = require('./database');

const redis = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
const products = new TracedCache('products', redis, { prefix: 'fastify:product:', ttl: '1m', staleFor: '10m' });

fastify.get('/products/:id', async (request, reply) => {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const { id } = request.params;
  const product = await products.getOrSet(id, () => findProduct(id), { signal: gone.signal });
  return product ?? reply.code(404).send({ error: 'no such product' });
});

async function main() {
  redis.on('error', (error) => console.error(error.message));
  await redis.connect();
  console.log(`listening on ${await fastify.listen({ port: Number(process.env.PORT ?? 3000) })}`);
}

process.once('SIGTERM', async () => {
  await fastify.close();
  redis.destroy();
});

main();
