'use strict';
// A product service as many have one: HTTP, a database, products in Redis through ioredis, sessions in another Redis
// database through node-redis, the inventory in Memcached through memjs. There is no telemetry code in it.

const { createHash, randomUUID } = require('node:crypto');
const http = require('node:http');
const Redis = require('ioredis');
const { Client: Memcached } = require('memjs');
const { createClient } = require('redis');

const { DATABASE_URL, MEMCACHED_PREFIX, MEMCACHED_URL, REDIS_PREFIX, REDIS_URL, SESSIONS_URL } = process.env;
const redis = new Redis(REDIS_URL, { connectionName: 'product-cache', keyPrefix: REDIS_PREFIX });
const sessions = createClient({ url: SESSIONS_URL, name: 'session-store' }).on('error', console.error);
const inventory = Memcached.create(MEMCACHED_URL);

const SESSION_SECONDS = 1800;
const PRODUCT_SECONDS = 300;
const SEARCH_SECONDS = 60;
const STOCK_SECONDS = 30;

/** A query: the answer of the database, undefined where it has nothing. */
function query(path) {
  return new Promise((resolve, reject) => {
    const request = http.get(DATABASE_URL + path, async (response) => {
      try {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) body += chunk;
        resolve(response.statusCode === 200 ? JSON.parse(body) : undefined);
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
  });
}

async function login(name) {
  const session = randomUUID();
  const value = JSON.stringify({ name, since: Date.now() });
  await sessions.set(`${REDIS_PREFIX}session:${session}`, value, { EX: SESSION_SECONDS });
  return { session };
}

/** The session of a request; whoever comes back stays logged in. */
async function sessionOf(request) {
  const id = request.headers.cookie?.replace('session=', '');
  const expiry = { type: 'EX', value: SESSION_SECONDS };
  const session = id && (await sessions.getEx(`${REDIS_PREFIX}session:${id}`, expiry));
  return session ? JSON.parse(session) : undefined;
}

async function product(id) {
  const cached = await redis.get(`product:${id}`);
  if (cached !== null) return JSON.parse(cached);
  const found = await query(`/products/${id}`);
  // A product that does not exist is not remembered: the demo shows what comes of it.
  if (found !== undefined) await redis.set(`product:${id}`, JSON.stringify(found), 'EX', PRODUCT_SECONDS);
  return found;
}

/** How many there are of a product. */
async function stock(id) {
  const key = `${MEMCACHED_PREFIX}stock:${id}`;
  const { value } = await inventory.get(key);
  if (value !== null) return JSON.parse(value);
  const found = await query(`/stock/${id}`);
  await inventory.set(key, JSON.stringify(found), { expires: STOCK_SECONDS });
  return found;
}

async function productPage(id) {
  const found = await product(id);
  return found && { ...found, stock: await stock(id) };
}

async function products(ids) {
  const cached = await redis.mget(ids.map((id) => `product:${id}`));
  const missing = ids.filter((_, index) => cached[index] === null);
  const loaded = missing.length === 0 ? [] : await query(`/products?ids=${missing}`);
  const pipeline = redis.pipeline();
  for (const one of loaded) pipeline.set(`product:${one.id}`, JSON.stringify(one), 'EX', PRODUCT_SECONDS);
  if (loaded.length > 0) await pipeline.exec();
  return [...cached.filter((text) => text !== null).map((text) => JSON.parse(text)), ...loaded];
}

async function search(words) {
  const key = `search:${createHash('sha1').update(words).digest('hex')}`;
  const cached = await redis.get(key);
  if (cached !== null) return JSON.parse(cached);
  const found = await query(`/products?ids=${[...words].map((letter) => letter.charCodeAt(0) % 40)}`);
  await redis.setex(key, SEARCH_SECONDS, JSON.stringify(found));
  return found;
}

async function cart(name) {
  const key = `user:${name}:cart`;
  const cached = await redis.get(key);
  if (cached !== null) return JSON.parse(cached);
  const found = await query(`/users/${name}/cart`);
  // No expiry, as it happens to everybody once: the demo shows that it is seen.
  await redis.set(key, JSON.stringify(found));
  return found;
}

/** Everything on one page, cached as one value: the demo shows that it is large. */
async function catalogue(number) {
  const key = `catalogue:${number}`;
  const cached = await redis.get(key);
  if (cached !== null) return { length: cached.length };
  const ids = Array.from({ length: 120 }, (_, index) => 1 + (index % 40));
  const text = JSON.stringify(await query(`/products?ids=${ids}`));
  await redis.set(key, text, 'EX', PRODUCT_SECONDS);
  return { length: text.length };
}

/** Products that go together, read one by one: the demo shows that one MGET would do. */
async function recommendations(id) {
  const found = [];
  for (let next = 0; next < 15; next++) found.push(await product(1 + ((Number(id) + next) % 40)));
  return found;
}

/** What was ordered is kept for a day, and nobody ever asks for it. */
async function order(id) {
  const number = randomUUID();
  await redis.set(`order:${number}`, JSON.stringify({ id, at: Date.now() }), 'EX', 86_400);
  return { number };
}

async function changePrice(id) {
  await redis.del(`product:${id}`);
  return { id };
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const [, kind, name] = pathname.split('/');
  if (kind === 'login') return login(name);
  if (kind === 'products' && request.method === 'PUT') return changePrice(name);
  if (kind === 'catalogue') return catalogue(name);
  if (kind === 'recommendations') return recommendations(name);
  if (kind === 'orders') return order(name);
  await sessionOf(request);
  if (kind === 'products') return name ? productPage(name) : products(searchParams.get('ids').split(','));
  return kind === 'search' ? search(name) : cart(name);
}

const server = http.createServer(async (request, response) => {
  try {
    const body = await answer(request);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: 'not found' }));
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});

Promise.all([new Promise((resolve) => redis.once('ready', resolve)), sessions.connect()]).then(() => {
  server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
});
