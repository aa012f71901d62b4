// Without a primary, as under `node app.js` and in an app's own tests.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test, type TestContext } from 'node:test';
import baton, { type BatonOptions } from '@baton/fastify-plugin';
import Fastify, { type FastifyInstance } from 'fastify';
import { Registry } from 'prom-client';

function newApp(t: TestContext): FastifyInstance {
  const app = Fastify();
  t.after(() => app.close());
  return app;
}

test('the app knows that Baton has not started it, and has the numbers of its one process', async (t) => {
  const app = newApp(t);
  await app.register(baton);
  const { isWorker, slot, generation, draining } = app.baton;
  assert.deepEqual([isWorker, slot, generation, draining], [false, 0, 0, false]);
  const status = await app.baton.status();
  assert.ok(!status.isWorker);
  assert.deepEqual([status.pid, status.node], [process.pid, process.version]);
  assert.ok(status.residentBytes > 1e6 && status.ageMs > 0);
  assert.ok(Math.abs(status.startedAt + status.ageMs - Date.now()) < 1000);
});

test('it listens, and closes, as without the plugin', async (t) => {
  const app = newApp(t);
  await app.register(baton);
  app.get('/', () => 'hello');
  let closed = 0;
  app.addHook('onClose', async () => void (closed += 1));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  assert.equal(await (await fetch(url)).text(), 'hello');
  await app.close();
  assert.equal(closed, 1);
  assert.equal(process.listenerCount('SIGTERM'), 0);
});

test('registered twice, whatever the context', async (t) => {
  const app = newApp(t);
  await app.register(baton);
  await assert.rejects(async () => app.register(baton), { code: 'BATON_ALREADY_REGISTERED' });
  const other = newApp(t);
  await other.register(async (child) => {
    await child.register(baton);
  });
  await assert.rejects(async () => other.register(baton), { code: 'BATON_ALREADY_REGISTERED' });
});

test('several apps of one process, and of one server, may have it each', async (t) => {
  const server = http.createServer();
  const serverFactory = (): http.Server => server;
  const first = Fastify({ serverFactory });
  await first.register(baton);
  const beside = newApp(t);
  await beside.register(baton);
  await first.close();
  const next = Fastify({ serverFactory });
  t.after(() => next.close());
  await next.register(baton);
  next.get('/', () => 'next');
  assert.equal((await next.inject('/')).body, 'next');
});

const wrong: [options: object, option: string][] = [
  [{ metrics: 'yes' }, 'metrics'],
  [{ metrics: { enabled: 1 } }, 'metrics.enabled'],
  [{ metrics: { client: {} } }, 'metrics.client'],
  [{ metrics: { registry: {} } }, 'metrics.registry'],
  [{ metrics: { buckets: [] } }, 'metrics.buckets'],
  [{ metrics: { buckets: [1, 1] } }, 'metrics.buckets'],
  [{ metrics: { buckets: [1, NaN] } }, 'metrics.buckets'],
  [{ registries: new Registry() }, 'registries'],
  [{ registries: [{}] }, 'registries'],
  [{ healthRoutes: 'yes' }, 'healthRoutes'],
  [{ healthRoutes: { live: 'livez' } }, 'healthRoutes.live'],
  [{ healthRoutes: { ready: 1 } }, 'healthRoutes.ready'],
  [{ healthRoutes: { live: '/healthz', ready: '/healthz' } }, 'healthRoutes.ready'],
  [{ metricsRoute: 'metrics' }, 'metricsRoute'],
];

for (const [options, option] of wrong) {
  test(`wrong: ${JSON.stringify(options)}`, async (t) => {
    const message = new RegExp(`^The option ${option.replace('.', '\\.')} must be `);
    await assert.rejects(async () => newApp(t).register(baton, options as BatonOptions), {
      code: 'BATON_INVALID_OPTION',
      message,
    });
  });
}

const unknown: [options: object, option: string][] = [
  [{ metric: false }, 'metric'],
  [{ metrics: { bucket: [1] } }, 'metrics.bucket'],
  [{ healthRoutes: { liveness: '/livez' } }, 'healthRoutes.liveness'],
  // What Fastify would make of it does not hold for a plugin that is to reach the whole app.
  [{ prefix: '/internal' }, 'prefix'],
];

for (const [options, option] of unknown) {
  test(`unknown: ${option}`, async (t) => {
    await assert.rejects(async () => newApp(t).register(baton, options as BatonOptions), {
      code: 'BATON_UNKNOWN_OPTION',
      message: new RegExp(`^There is no option "${option}"\\.`),
    });
  });
}
