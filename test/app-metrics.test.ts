// The app's own metrics, gathered from the workers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, askMany, httpRequest } from './client.js';
import { app, portOf, startPrimary, until } from './harness.js';

const host = '127.0.0.1';

async function scrape(primary: Primary, accept = 'text/plain'): Promise<string> {
  assert.ok(primary.metricsUrl);
  const { status, text } = await httpRequest(primary.metricsUrl, 'GET', { accept });
  assert.equal(status, 200);
  return text;
}

async function valueOf(primary: Primary, series: string): Promise<number> {
  const line = (await scrape(primary)).split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? NaN);
}

async function start(t: Parameters<typeof startPrimary>[0], options: object = {}): Promise<Primary> {
  return startPrimary(t, {
    app: app('app-metrics.cjs'),
    workers: 2,
    policy: 'round-robin',
    metrics: { port: 0 },
    probationMs: 0,
    ...options,
  });
}

for (const client of ['prom-client', '@prometheus-io/client', '@platformatic/prom-client'])
  test(`metrics of each kind are those of all workers: ${client}`, async (t) => {
    const primary = await start(t, { env: { ...process.env, CLIENT: client } });
    await askMany(10, 1, () => ask({ port: portOf(primary), host, path: '/a' }));
    assert.equal(await valueOf(primary, 'app_requests_total{path="/a"}'), 10);
    assert.equal(await valueOf(primary, 'app_pool_size'), 11);
    assert.equal(await valueOf(primary, 'app_duration_seconds_count'), 10);
    assert.equal(await valueOf(primary, 'app_duration_seconds_bucket{le="0.1"}'), 0);
    assert.equal(await valueOf(primary, 'app_duration_seconds_bucket{le="1"}'), 10);
    assert.equal(await valueOf(primary, 'app_size_bytes_count'), 10);
    assert.equal(await valueOf(primary, 'app_size_bytes{quantile="0.5"}'), 100);
  });

test('OpenMetrics where it is asked for', async (t) => {
  const primary = await start(t);
  await ask({ port: portOf(primary), host, path: '/a' });
  const text = await scrape(primary, 'application/openmetrics-text; version=1.0.0');
  assert.match(text, /^# TYPE app_requests counter$/m);
  assert.match(text, /^app_requests_total\{path="\/a"\} 1$/m);
  assert.match(text, /^baton_accepted_total\{listener="127\.0\.0\.1:0"\} 1$/m);
  assert.match(text, /\n# EOF\n$/);
});

test('no counter goes down: a worker is killed, and all are reloaded', async (t) => {
  const primary = await start(t, { metricsIntervalMs: 100 });
  const ask10 = (): Promise<unknown> =>
    askMany(10, 1, () => ask({ port: portOf(primary), host, path: '/a' }));
  await ask10();
  assert.equal(await valueOf(primary, 'app_requests_total{path="/a"}'), 10);
  const [{ pid = 0 } = {}] = primary.snapshot().workers;
  process.kill(pid, 'SIGKILL');
  await until(() => primary.snapshot().workers.some(({ restarts }) => restarts === 1), 'it is started again');
  assert.equal(await valueOf(primary, 'app_requests_total{path="/a"}'), 10);
  await until(() => primary.snapshot().workers.every(({ state }) => state === 'ready'), 'both are ready');
  await ask10();
  await primary.reload();
  assert.equal(await valueOf(primary, 'app_requests_total{path="/a"}'), 20);
  await ask10();
  assert.equal(await valueOf(primary, 'app_requests_total{path="/a"}'), 30);
});

test('scraped all the time, a counter never goes down while workers are killed', async (t) => {
  const primary = await start(t, { metricsIntervalMs: 100 });
  const target = { port: portOf(primary), host, path: '/a' };
  const seen: number[] = [];
  for (let kill = 0; kill < 4; kill++) {
    for (let i = 0; i < 5; i++) {
      await askMany(4, 2, () => ask(target));
      seen.push(await valueOf(primary, 'app_requests_total{path="/a"}'));
    }
    const { pid = 0, restarts = 0 } = primary.snapshot().workers[kill % 2] ?? {};
    process.kill(pid, 'SIGKILL');
    // While it is down, and while the next one comes up.
    await until(async () => {
      seen.push(await valueOf(primary, 'app_requests_total{path="/a"}'));
      const { workers } = primary.snapshot();
      return (workers[kill % 2]?.restarts ?? 0) > restarts && workers.every(({ state }) => state === 'ready');
    }, 'both are ready again');
  }
  assert.deepEqual(
    seen.filter((value, at) => at > 0 && !(value >= seen[at - 1]!)),
    [],
  );
  // What was told before each kill is all of it.
  assert.equal(seen.at(-1), 80);
});

test("prom-client's own aggregator does in a worker what it does in one of node:cluster", async (t) => {
  const primary = await startPrimary(t, { app: app('aggregator.cjs'), workers: 1 });
  const { text } = await httpRequest(`http://${host}:${portOf(primary)}/`);
  const { own, sum, cluster } = JSON.parse(text) as Record<string, string>;
  assert.match(own ?? '', /^app_things_total 1$/m);
  assert.match(sum ?? '', /^app_things_total 2$/m);
  assert.equal(cluster, '', "the workers of a cluster are its primary's to ask");
});

test('a worker that does not answer is left out of the scrape, and counted', async (t) => {
  const primary = await start(t, { gatherTimeoutMs: 200 });
  await askMany(10, 1, () => ask({ port: portOf(primary), host, path: '/a' }));
  assert.equal(await valueOf(primary, 'app_pool_size'), 11);
  const pid = primary.snapshot().workers[1]?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    const from = performance.now();
    const text = await scrape(primary);
    t.diagnostic(`${Math.round(performance.now() - from)} ms`);
    assert.match(text, /^app_pool_size 10$/m, 'the gauge is that of the other');
    assert.match(text, /^app_requests_total\{path="\/a"\} 10$/m, 'what it had counted stays');
    assert.match(text, /^baton_gather_timeouts_total\{worker="1"\} 1$/m);
    assert.match(text, /^baton_gather_timeouts_total\{worker="0"\} 0$/m);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  assert.equal(await valueOf(primary, 'app_pool_size'), 11);
});

for (const client of ['prom-client', '@prometheus-io/client', '@platformatic/prom-client'])
  test(`a metric that throws or hangs costs no other, is counted, and logged once: ${client}`, async (t) => {
    const primary = await start(t, {
      app: app('faulty-metrics.cjs'),
      workers: 1,
      env: { ...process.env, CLIENT: client },
    });
    const warnings: string[] = [];
    primary.on('warning', (warning) => warnings.push(warning));
    const askFor = (path: string): Promise<unknown> => ask({ port: portOf(primary), host, path });
    const errors = async (): Promise<number> => valueOf(primary, 'baton_gather_errors_total{worker="0"}');
    await askFor('/works');
    assert.equal(await valueOf(primary, 'app_queue{app="faulty"}'), 3);
    assert.equal(await errors(), 0);
    for (const [state, why] of [
      ['/throws', /"app_queue": Error: no database\. /],
      ['/hangs', /"app_queue": it did not answer in time, so its collect\(\) may never end\. /],
    ] as const) {
      await askFor(state);
      const before = await errors();
      const text = await scrape(primary);
      assert.doesNotMatch(text, /^app_queue/m);
      assert.match(text, /^app_pool\{app="faulty"\} 5$/m);
      assert.match(text, /^app_requests_total\{app="faulty"\} 1$/m);
      assert.ok((await errors()) >= before + 2, 'both metrics at each scrape');
      assert.match(text, /^baton_gather_timeouts_total\{worker="0"\} 0$/m, 'it has answered in time');
      assert.equal(warnings.filter((warning) => why.test(warning)).length, 1);
    }
    await primary.reload();
    assert.equal(await valueOf(primary, 'app_queue{app="faulty"}'), 3);
    assert.equal(await valueOf(primary, 'app_requests_total{app="faulty"}'), 1, 'what could be read, once');
  });

test('a scrape waits no longer than Prometheus does', async (t) => {
  const primary = await start(t, { gatherTimeoutMs: 3_600_000 });
  const [{ pid = 0 } = {}] = primary.snapshot().workers;
  assert.equal(await valueOf(primary, 'app_pool_size'), 11);
  process.kill(pid, 'SIGSTOP');
  try {
    const headers = { 'x-prometheus-scrape-timeout-seconds': '0.5' };
    const { status, text } = await httpRequest(primary.metricsUrl ?? '', 'GET', headers);
    assert.equal(status, 200);
    assert.match(text, /^app_pool_size 11$/m);
    assert.match(text, /^baton_gather_timeouts_total\{worker="0"\} 1$/m);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('health: ready as long as enough workers are', async (t) => {
  const primary = await start(t, { minReady: 2 });
  const url = (path: string): URL => new URL(path, primary.metricsUrl);
  assert.equal((await httpRequest(url('/livez'))).status, 200);
  assert.deepEqual(await httpRequest(url('/readyz')).then(({ status, text }) => [status, text]), [
    200,
    'ready: 2, needed: 2\n',
  ]);
  const crashed = once(primary, 'worker');
  process.kill(primary.snapshot().workers[0]?.pid ?? 0, 'SIGKILL');
  await crashed;
  const unready = await httpRequest(url('/readyz'));
  assert.deepEqual([unready.status, unready.text], [503, 'ready: 1, needed: 2\n']);
  await until(async () => (await httpRequest(url('/readyz'))).status === 200, 'both are ready again');
  const status = JSON.parse((await httpRequest(url('/status'))).text) as { slots: number };
  assert.equal(status.slots, 2);
  assert.equal((await httpRequest(url('/nothing'))).status, 404);
  const asked = async (host: string): Promise<number | undefined> =>
    (await httpRequest(url('/status'), 'GET', { host })).status;
  assert.equal(await asked('rebound.example:22866'), 421);
  for (const host of ['localhost', 'localhost:22866', '127.0.0.1:22866', '[::1]:22866'])
    assert.equal(await asked(host), 200, host);
});
