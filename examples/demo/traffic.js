'use strict';
// The requests that the demo sends to the product service.

const http = require('node:http');

const USERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];
const SHOWN_PRODUCT = 17;
const SHOWN_LIST = '/products?ids=17,18,19,31,32,33';
const UNKNOWN_PRODUCT = 404;
/** What the service may write into Memcached for these requests. */
const INVENTORY_KEYS = Array.from({ length: 40 }, (_, index) => `stock:${index + 1}`);

let sent = 0;

/** Sends a request; gives the body of the answer. */
function send(url, { method = 'GET', session, expected = 200 } = {}) {
  sent++;
  return new Promise((resolve, reject) => {
    const headers = session === undefined ? {} : { cookie: `session=${session}` };
    const request = http.request(url, { method, headers }, async (response) => {
      try {
        let body = '';
        for await (const chunk of response.setEncoding('utf8')) body += chunk;
        if (response.statusCode !== expected) throw new Error(`${method} ${url} gave ${response.statusCode}`);
        resolve(JSON.parse(body));
      } catch (error) {
        reject(error);
      }
    });
    request.on('error', reject);
    request.end();
  });
}

/** What one user does: popular products, the cart again and again, searches, and a product that is gone. */
async function visit(service, name, number) {
  const { session } = await send(`${service}/login/${name}`, { method: 'POST' });
  const get = (path, expected) => send(service + path, { session, expected });
  for (let page = 0; page < 6; page++) {
    await get(`/products/${1 + ((page * (number + 1)) % 12)}`);
    await get(`/users/${name}/cart`);
    if (page % 3 === 0) await get(`/products/${UNKNOWN_PRODUCT}`, 404);
    await get(`/search/${page === 0 ? 'gifts' : `for-${name}-${page}`}`);
  }
  await get(`/products?ids=${[1, 2, 3, 4, 5, 6].map((id) => id + 3 * number)}`);
}

/**
 * Sends all requests: first, one by one, those whose traces are shown, then several users at once.
 * @returns how many were sent
 */
async function sendRequests(service) {
  const { session } = await send(`${service}/login/grace`, { method: 'POST' });
  for (const path of [`/products/${SHOWN_PRODUCT}`, `/products/${SHOWN_PRODUCT}`, '/products/18', SHOWN_LIST]) {
    await send(service + path, { session });
  }
  await Promise.all(USERS.map((name, number) => visit(service, name, number)));
  await send(`${service}/products/1`, { method: 'PUT' });
  await send(`${service}/products/1`, { session });
  return sent;
}

module.exports = { INVENTORY_KEYS, send, sendRequests, SHOWN_LIST, SHOWN_PRODUCT };
