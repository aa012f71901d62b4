import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import baton, { type BatonOptions, type MetricsClient } from '@baton/fastify-plugin';
import * as platformatic from '@platformatic/prom-client';
import * as successor from '@prometheus-io/client';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import promClient, { Counter, Registry } from 'prom-client';

async function start(
  t: TestContext,
  options: BatonOptions,
  fastify: FastifyServerOptions = {},
): Promise<FastifyInstance> {
  const app = Fastify(fastify);
  t.after(() => app.close());
  await app.register(baton, options);
  app.get('/users/:id', () => 'one');
  app.post('/users', (_, reply) => reply.code(201).send());
  return app;
}

async function counts(registry: { metrics(): Promise<string> }): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).matchAll(/^http_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, labels, count]) => [labels, Number(count)]));
}

for (const [name, client] of [
  ['prom-client', promClient],
  ['@prometheus-io/client', successor],
  ['@platformatic/prom-client', platformatic],
] as const) {
  test(`${name}: requests by method, route and status`, async (t) => {
    const registry = new client.Registry();
    const app = await start(t, { metrics: { client, registry, buckets: [0.5, 60] } });
    await app.inject('/users/1');
    await app.inject('/users/2?full=true');
    await app.inject({ method: 'POST', url: '/users' });
    await app.inject('/wp-admin.php');
    await app.inject({ method: 'PURGE' as 'GET', url: '/users/1' });
    assert.deepEqual(await counts(registry), {
      'method="GET",route="/users/:id",status_code="200"': 2,
      'method="POST",route="/users",status_code="201"': 1,
      'method="GET",route="_OTHER",status_code="404"': 1,
      'method="_OTHER",route="_OTHER",status_code="404"': 1,
    });
    const text = await registry.metrics();
    const bounds = [...text.matchAll(/le="([^"]+)".*route="\/users"/g)].map(([, bound]) => bound);
    assert.deepEqual(bounds, ['0.5', '60', '+Inf']);
    assert.match(text, /_bucket\{le="60",method="GET",route="\/users\/:id",status_code="200"\} 2$/m);
  });
}

test('it is the time until the answer has ended, in seconds', async (t) => {
  const registry = new Registry();
  const app = await start(t, { metrics: { registry } });
  app.get('/slow', () => setTimeout(100, 'at last'));
  await app.inject('/slow');
  const [, sum] = /_sum\{.*route="\/slow".*\} (.+)$/m.exec(await registry.metrics()) ?? [];
  assert.ok(Number(sum) > 0.09 && Number(sum) < 5, sum);
});

test('a method that the app has told Fastify of is known', async (t) => {
  const registry = new Registry();
  const app = await start(t, { metrics: { registry } });
  app.addHttpMethod('PURGE');
  app.route({ method: 'PURGE', url: '/users/:id', handler: () => 'gone' });
  await app.inject({ method: 'PURGE' as 'GET', url: '/users/1' });
  assert.deepEqual(Object.keys(await counts(registry)), [
    'method="PURGE",route="/users/:id",status_code="200"',
  ]);
});

test("by default they are in prom-client's own registry, those of all apps of the process together", async (t) => {
  t.after(() => promClient.register.clear());
  for (let count = 0; count < 2; count++) await (await start(t, {})).inject('/users/1');
  assert.deepEqual(await counts(promClient.register), {
    'method="GET",route="/users/:id",status_code="200"': 2,
  });
});

for (const metrics of [false, { enabled: false }] as const) {
  test(`switched off: ${JSON.stringify(metrics)}`, async (t) => {
    await (await start(t, { metrics })).inject('/users/1');
    assert.equal(promClient.register.getSingleMetric('http_request_duration_seconds'), undefined);
  });
}

test("the app's own metric of that name is not mixed up with it", async (t) => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({
    name: 'http_request_duration_seconds',
    help: 'Mine.',
    labelNames: ['path'],
    registers,
  }).inc();
  await assert.rejects(start(t, { metrics: { registry } }), { code: 'BATON_METRIC_TAKEN' });
});

test('a metric of that name in another registry of the app is not mixed up with it either', async (t) => {
  const taken = new Registry();
  new Counter({ name: 'http_request_duration_seconds', help: 'Mine.', registers: [taken] }).inc();
  const options = { metrics: { registry: new Registry() }, registries: [taken] };
  await assert.rejects(start(t, options), { code: 'BATON_METRIC_TAKEN' });
});

test('a client is only asked for what all have', async (t) => {
  const observed: unknown[] = [];
  const client: MetricsClient = {
    register: new Registry(),
    Histogram: class {
      observe(...observation: unknown[]): void {
        observed.push(observation[0]);
      }
    },
  };
  await (await start(t, { metrics: { client } })).inject('/users/1');
  assert.deepEqual(observed, [{ method: 'GET', route: '/users/:id', status_code: 200 }]);
});
