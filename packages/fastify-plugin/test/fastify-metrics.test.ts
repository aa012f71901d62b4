// Beside fastify-metrics, which measures requests under the same name, with each of the clients.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import baton, { type BatonOptions } from '@baton/fastify-plugin';
import * as platformatic from '@platformatic/prom-client';
import * as successor from '@prometheus-io/client';
import Fastify, { type FastifyInstance } from 'fastify';
import { default as fastifyMetrics, type IMetricsPluginOptions } from 'fastify-metrics';
import promClient from 'prom-client';

type Client = typeof promClient | typeof successor | typeof platformatic;

const clients: [name: string, client: Client][] = [
  ['prom-client', promClient],
  ['@prometheus-io/client', successor],
  ['@platformatic/prom-client', platformatic],
];

/** `lines`: what the app has logged. */
function newApp(t: TestContext): { app: FastifyInstance; lines: string[] } {
  const lines: string[] = [];
  const app = Fastify({ logger: { stream: { write: (line: string) => void lines.push(line) } } });
  t.after(async () => {
    await app.close();
    for (const [, { register }] of clients) register.clear();
  });
  return { app, lines };
}

async function registerFastifyMetrics(app: FastifyInstance, client: Client): Promise<void> {
  // Its types are those of one client.
  const options = { promClient: client, endpoint: null, defaultMetrics: { enabled: false } };
  await app.register(fastifyMetrics.default, options as unknown as IMetricsPluginOptions);
}

async function countUsers(app: FastifyInstance): Promise<Record<string, number>> {
  app.get('/users/:id', () => 'one');
  for (const id of [1, 2, 3]) await app.inject(`/users/${id}`);
  const { body } = await app.inject('/metrics');
  const lines = body.matchAll(/^(http_\w+_count)\{.*route="\/users\/:id".*\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, metric, count]) => [metric, Number(count)]));
}

for (const [name, client] of clients) {
  for (const order of ['before', 'after'] as const) {
    test(`on ${name}, registered ${order} Baton's: it measures, alone, and its metrics are shown`, async (t) => {
      const { app, lines } = newApp(t);
      if (order === 'before') await registerFastifyMetrics(app, client);
      await app.register(baton, { metricsRoute: true });
      if (order === 'after') await registerFastifyMetrics(app, client);
      assert.deepEqual(await countUsers(app), {
        http_request_duration_seconds_count: 3,
        http_request_summary_seconds_count: 3,
      });
      assert.match(lines.join(''), /the app already has a metric http_request_duration_seconds/);
      for (const [other, { register }] of clients)
        assert.equal(register.getMetricsAsArray().length, other === name ? 2 : 0, other);
    });
  }

  for (const metrics of [true, { buckets: [1] }] satisfies BatonOptions['metrics'][])
    test(`on ${name}: ${JSON.stringify(metrics)} asks for what cannot be`, async (t) => {
      const { app } = newApp(t);
      await registerFastifyMetrics(app, client);
      await assert.rejects(async () => app.register(baton, { metrics }), { code: 'BATON_METRIC_TAKEN' });
    });

  test(`on ${name}, with a registry of its own that is given, too`, async (t) => {
    const { app } = newApp(t);
    const registry = new client.Registry();
    const registers = [registry];
    const options = {
      promClient: client,
      endpoint: null,
      defaultMetrics: { enabled: false },
      routeMetrics: { overrides: { histogram: { registers }, summary: { registers } } },
    };
    await app.register(fastifyMetrics.default, options as unknown as IMetricsPluginOptions);
    await app.register(baton, { metricsRoute: true, registries: [registry] });
    assert.deepEqual(await countUsers(app), {
      http_request_duration_seconds_count: 3,
      http_request_summary_seconds_count: 3,
    });
  });
}

test('asked for, and then taken in the registry of another client: it is told before the app is ready', async (t) => {
  const { app } = newApp(t);
  await app.register(baton, { metrics: true });
  await registerFastifyMetrics(app, platformatic);
  await assert.rejects(async () => app.ready(), { code: 'BATON_METRIC_TAKEN' });
});

test('a client and a registry that are given: what is in the others does not matter', async (t) => {
  const { app } = newApp(t);
  await registerFastifyMetrics(app, successor);
  const registry = new promClient.Registry();
  await app.register(baton, { metrics: { client: promClient, registry }, metricsRoute: true });
  assert.deepEqual(await countUsers(app), { http_request_duration_seconds_count: 3 });
});

for (const [name, client] of clients) {
  test(`the client that is in use measures: ${name}`, async (t) => {
    const { app } = newApp(t);
    await app.register(baton, { metricsRoute: true });
    new client.Counter({ name: 'mine_total', help: 'Mine.' }).inc();
    assert.deepEqual(await countUsers(app), { http_request_duration_seconds_count: 3 });
    assert.ok(client.register.getSingleMetric('http_request_duration_seconds'));
  });

  test(`a registry without its client is measured in by its client: ${name}`, async (t) => {
    const { app } = newApp(t);
    const registry = new client.Registry();
    await app.register(baton, { metrics: { registry } });
    assert.ok(registry.getSingleMetric('http_request_duration_seconds') instanceof client.Histogram);
  });
}

test('metrics of all clients are shown, those of two of them once', async (t) => {
  const { app } = newApp(t);
  await app.register(baton, { metricsRoute: true });
  await app.ready();
  for (const [index, [, client]] of clients.entries()) {
    new client.Counter({ name: `mine_${index}_total`, help: 'Mine.' }).inc();
    new client.Gauge({ name: 'pool_size', help: 'Of all.' }).set(7 + index);
  }
  const { body } = await app.inject('/metrics');
  for (const index of clients.keys()) assert.match(body, new RegExp(`^mine_${index}_total 1$`, 'm'));
  assert.deepEqual(body.match(/^.*pool_size.*$/gm), [
    '# HELP pool_size Of all.',
    '# TYPE pool_size gauge',
    'pool_size 7',
  ]);
});

test('apps in one process are measured together, though another client has come into use since', async (t) => {
  const { app: first } = newApp(t);
  await first.register(baton);
  first.get('/users/:id', () => 'one');
  new platformatic.Counter({ name: 'mine_total', help: 'Mine.' }).inc();
  await first.inject('/users/1');
  new promClient.Counter({ name: 'mine_total', help: 'Mine.' }).inc();
  const { app: second } = newApp(t);
  await second.register(baton, { metricsRoute: true });
  assert.deepEqual(await countUsers(second), { http_request_duration_seconds_count: 4 });
});
