// Without a primary: what they tell is of the one process.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import baton, { type BatonOptions } from '@baton/fastify-plugin';
import Fastify, { type FastifyInstance } from 'fastify';
import { Gauge, Histogram, Registry, type OpenMetricsContentType } from 'prom-client';

async function start(t: TestContext, options: BatonOptions): Promise<FastifyInstance> {
  const app = Fastify();
  t.after(() => app.close());
  await app.register(baton, { metrics: false, ...options });
  return app;
}

async function get(app: FastifyInstance, url: string): Promise<[status: number, body: string]> {
  const { statusCode, body } = await app.inject(url);
  return [statusCode, body];
}

test('there are none that were not asked for', async (t) => {
  const app = await start(t, {});
  for (const url of ['/livez', '/readyz', '/metrics']) assert.equal((await get(app, url))[0], 404);
});

test('health', async (t) => {
  const app = await start(t, { healthRoutes: true });
  assert.deepEqual(await get(app, '/livez'), [200, 'ok\n']);
  assert.deepEqual(await get(app, '/readyz'), [200, 'ok\n']);
  const { headers } = await app.inject('/readyz');
  assert.deepEqual(
    [headers['cache-control'], headers['content-type']],
    ['no-store', 'text/plain; charset=utf-8'],
  );
});

test('health, under other names', async (t) => {
  const app = await start(t, { healthRoutes: { live: '/alive' } });
  assert.deepEqual(await get(app, '/alive'), [200, 'ok\n']);
  assert.deepEqual(await get(app, '/readyz'), [200, 'ok\n']);
  assert.equal((await get(app, '/livez'))[0], 404);
});

function registryOf(name: string): Registry {
  const registry = new Registry();
  new Gauge({ name, help: 'Mine.', registers: [registry] }).set(7);
  return registry;
}

test("metrics: the plugin's, and those of the app's registries", async (t) => {
  const registry = new Registry();
  const registries = [registryOf('one'), registryOf('two')];
  const app = await start(t, { metrics: { registry }, registries, metricsRoute: true });
  await app.inject('/nothing');
  const { headers, body } = await app.inject('/metrics');
  assert.equal(headers['content-type'], registry.contentType);
  assert.match(body, /^one 7$/m);
  assert.match(body, /^two 7$/m);
  assert.match(body, /^http_request_duration_seconds_count\{.*route="_OTHER".*\} 1$/m);
});

test('metrics, elsewhere, as OpenMetrics', async (t) => {
  const registries = [registryOf('one'), registryOf('two')] as unknown as Registry<OpenMetricsContentType>[];
  for (const registry of registries) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const app = await start(t, { registries, metricsRoute: '/internal/metrics' });
  const { headers, body } = await app.inject('/internal/metrics');
  assert.equal(headers['content-type'], Registry.OPENMETRICS_CONTENT_TYPE);
  assert.match(body, /^one 7\n[^]*^two 7\n# EOF\n$/m);
  assert.equal(body.match(/# EOF/g)?.length, 1);
  assert.doesNotMatch(body, /\n\n/);
});

/** With a histogram that two registries have, each with series of its own and one that both have. */
function registryWith(own: string, value: number): Registry {
  const registry = new Registry();
  const registers = [registry];
  const options = {
    name: 'size',
    help: 'Of "all" # HELP {it}.',
    labelNames: ['of'],
    buckets: [10],
    registers,
  };
  const histogram = new Histogram(options);
  histogram.observe({ of: own }, value);
  histogram.observe({ of: 'both "}" # 1' }, value);
  return registry;
}

test('metrics: what two registries have is shown once, as the first has it', async (t) => {
  const registries = [registryWith('one', 1), registryOf('two'), registryWith('three\n', 30)];
  const app = await start(t, { registries, metricsRoute: true });
  const { body } = await app.inject('/metrics');
  const both = 'of="both \\"}\\" # 1"';
  assert.deepEqual(body.split('\n'), [
    '# HELP size Of "all" # HELP {it}.',
    '# TYPE size histogram',
    'size_bucket{le="10",of="one"} 1',
    'size_bucket{le="+Inf",of="one"} 1',
    'size_sum{of="one"} 1',
    'size_count{of="one"} 1',
    `size_bucket{le="10",${both}} 1`,
    `size_bucket{le="+Inf",${both}} 1`,
    `size_sum{${both}} 1`,
    `size_count{${both}} 1`,
    'size_bucket{le="10",of="three\\n"} 0',
    'size_bucket{le="+Inf",of="three\\n"} 1',
    'size_sum{of="three\\n"} 30',
    'size_count{of="three\\n"} 1',
    '# HELP two Mine.',
    '# TYPE two gauge',
    'two 7',
    '',
  ]);
});
