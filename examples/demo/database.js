'use strict';
// Stands in for the database of the product service: answers by HTTP after 20 to 60 ms, and knows 40 products.

const { randomInt } = require('node:crypto');
const http = require('node:http');

const PRODUCTS = 40;

function product(id) {
  if (!(id >= 1 && id <= PRODUCTS)) return undefined;
  const description = `Product ${id} is made of words, as descriptions are. `.repeat(5 + (id % 40));
  return { id, name: `Product ${id}`, price: 100 + 7 * id, description };
}

function answer(url) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const [, kind, name] = pathname.split('/');
  if (kind === 'users') return { user: name, items: [...name].map((letter) => letter.charCodeAt(0) % PRODUCTS) };
  if (kind === 'stock') return { here: Number(name) % 7, elsewhere: Number(name) * 3 };
  if (name !== undefined) return product(Number(name));
  return searchParams.get('ids').split(',').map(Number).map(product).filter(Boolean);
}

const server = http.createServer((request, response) => {
  const body = answer(request.url);
  setTimeout(() => response.writeHead(body ? 200 : 404).end(JSON.stringify(body ?? {})), randomInt(20, 60));
});

server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
