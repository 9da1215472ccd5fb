'use strict';
// A NestJS application with the cache module as its documentation has it: no telemetry code, no decorators of ours. Started with
//   node --require opentelemetry-instrumentation-cache/register examples/nestjs/main.js
// the answers that the interceptor caches, and what the service itself keeps, are seen.

require('reflect-metadata');
const { CACHE_MANAGER, CacheInterceptor, CacheModule } = require('@nestjs/cache-manager');
const { Controller, Get, Inject, Injectable, Module, Param, UseInterceptors } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

// Decorators are functions: this is what TypeScript makes of them.
function decorate(target, decorators, member) {
  const descriptor = member && Object.getOwnPropertyDescriptor(target.prototype, member);
  for (const decorator of decorators) decorator(member ? target.prototype : target, member, descriptor);
}

class PriceService {
  constructor(cache) {
    this.cache = cache;
  }

  price(id) {
    return this.cache.wrap(`price:${id}`, async () => 12 * Number(id), 60_000);
  }
}
decorate(PriceService, [Injectable()]);
Inject(CACHE_MANAGER)(PriceService, undefined, 0);

class ProductController {
  constructor(prices) {
    this.prices = prices;
  }

  async find(id) {
    return { id, price: await this.prices.price(id) };
  }
}
decorate(ProductController, [Controller('products'), UseInterceptors(CacheInterceptor)]);
Inject(PriceService)(ProductController, undefined, 0);
decorate(ProductController, [Get(':id')], 'find');
Param('id')(ProductController.prototype, 'find', 0);

class AppModule {}
decorate(AppModule, [
  Module({
    imports: [CacheModule.register({ ttl: 30_000 })],
    controllers: [ProductController],
    providers: [PriceService],
  }),
]);

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  for (const path of ['/products/1', '/products/1', '/products/2']) {
    const answer = await fetch(`${url}${path}`);
    console.log(path, await answer.text());
  }
  await app.close();
}

void main();
