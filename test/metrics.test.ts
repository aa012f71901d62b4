// /metrics, as Prometheus reads it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ask, askMany, httpRequest } from './client.js';
import { app, openFds, portOf, startCommand, startPrimary, until } from './harness.js';
import { KeepAliveClient, nothingSeen } from './keep-alive.js';

async function scrape(url: string | undefined): Promise<string> {
  assert.ok(url);
  const { status, headers, text } = await httpRequest(url);
  assert.equal(status, 200);
  assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
  return text;
}

/** The value of one series; NaN if it is not there. */
function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1) ?? NaN);
}

test('every accepted connection is in the metrics, and known series start at 0', async (t) => {
  const primary = await startPrimary(t, {
    app: app('esm.mjs'),
    workers: 2,
    policy: 'round-robin',
    metrics: { port: 0 },
  });
  const handoffs = (worker: number, result: string): string =>
    `baton_handoffs_total{worker="${worker}",kind="connection",result="${result}"}`;

  const before = await scrape(primary.metricsUrl);
  for (const worker of [0, 1]) {
    for (const result of ['claimed', 'revoked']) assert.equal(valueOf(before, handoffs(worker, result)), 0);
    assert.equal(valueOf(before, `baton_worker_state{worker="${worker}",state="ready"}`), 1);
    assert.equal(valueOf(before, `baton_worker_state{worker="${worker}",state="crashed"}`), 0);
  }
  assert.equal(valueOf(before, 'baton_slots'), 2);
  assert.equal(valueOf(before, 'baton_accepted_total{listener="127.0.0.1:0"}'), 0);
  assert.match(
    before,
    /^baton_build_info\{version="[^"]+",node="v[^"]+",handoff="connections",policy="round-robin"\} 1$/m,
  );

  await askMany(50, 4, () => ask({ port: portOf(primary), host: '127.0.0.1' }));
  const after = await scrape(primary.metricsUrl);
  assert.equal(valueOf(after, 'baton_accepted_total{listener="127.0.0.1:0"}'), 50);
  assert.equal(valueOf(after, handoffs(0, 'claimed')), 25);
  assert.equal(valueOf(after, handoffs(1, 'claimed')), 25);
  assert.equal(valueOf(after, 'baton_handoff_duration_seconds_count'), 50);
  assert.equal(valueOf(after, 'baton_handoff_duration_seconds_bucket{le="+Inf"}'), 50);
  for (const worker of [0, 1]) {
    assert.ok(valueOf(after, `baton_worker_resident_memory_bytes{worker="${worker}"}`) > 10_000_000);
    const utilization = valueOf(after, `baton_worker_eventloop_utilization{worker="${worker}"}`);
    assert.ok(utilization > 0 && utilization <= 1, String(utilization));
  }
  const sum = valueOf(after, 'baton_handoff_duration_seconds_sum');
  assert.ok(sum > 0 && sum < 50, `plausible seconds: ${sum}`);
});

test('listener handoff: who accepted what adds up', async (t) => {
  const primary = await startPrimary(t, {
    app: app('esm.mjs'),
    workers: 2,
    handoff: 'listeners',
    metrics: { port: 0 },
  });
  await askMany(50, 4, () => ask({ port: portOf(primary), host: '127.0.0.1' }));
  const text = await scrape(primary.metricsUrl);
  const of = (name: string, labels: string): number[] =>
    [0, 1].map((worker) => valueOf(text, `${name}{worker="${worker}"${labels}}`));
  const total = [
    ...of('baton_worker_accepted_total', ''),
    ...of('baton_handoffs_total', ',kind="connection",result="claimed"'),
  ].reduce((a, b) => a + b);
  assert.equal(total, 50);
  assert.equal(valueOf(text, 'baton_accepted_total{listener="127.0.0.1:0"}'), 50);
  assert.deepEqual(of('baton_handoffs_total', ',kind="listener",result="claimed"'), [1, 1]);
  assert.deepEqual(of('baton_handoffs_total', ',kind="listener",result="revoked"'), [0, 0]);
  for (const worker of [0, 1])
    assert.equal(valueOf(text, `baton_listener_queue_length{listener="127.0.0.1:0",worker="${worker}"}`), 0);
});

test('a crash shows in the metrics, and counters of the dead worker stay', async (t) => {
  const primary = await startPrimary(t, { app: app('crashes.cjs'), workers: 1, metrics: { port: 0 } });
  const claimed = 'baton_handoffs_total{worker="0",kind="connection",result="claimed"}';
  for (let i = 0; i < 5; i++) await ask({ port: portOf(primary), host: '127.0.0.1' });
  await assert.rejects(ask({ port: portOf(primary), host: '127.0.0.1', path: '/kill' }));
  await until(() => primary.snapshot().workers[0]?.restarts === 1, 'the worker is started again');
  await until(() => primary.snapshot().workers[0]?.state === 'ready', 'the worker is ready');
  const text = await scrape(primary.metricsUrl);
  assert.equal(valueOf(text, claimed), 6);
  assert.equal(valueOf(text, 'baton_worker_restarts_total{worker="0",reason="crash"}'), 1);
});

test('a reload shows in the metrics: what was given back, and who is who', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 1,
    metrics: { port: 0 },
    probationMs: 0,
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const seen = nothingSeen();
  const client = new KeepAliveClient({ port: portOf(primary), host: '127.0.0.1' }, seen);
  t.after(() => client.close());
  await client.ask();
  await primary.reload();
  await client.ask();
  assert.deepEqual([seen.answered, seen.reconnected], [2, 0]);
  const text = await scrape(primary.metricsUrl);
  assert.equal(valueOf(text, 'baton_giveback_total{worker="0",result="taken"}'), 1);
  assert.equal(valueOf(text, 'baton_giveback_total{worker="0",result="lost"}'), 0);
  const handoffs = (result: string): number =>
    valueOf(text, `baton_handoffs_total{worker="0",kind="connection",result="${result}"}`);
  assert.deepEqual([handoffs('claimed'), handoffs('reclaimed')], [1, 1]);
  assert.equal(valueOf(text, 'baton_reloads_total{result="done"}'), 1);
  assert.equal(valueOf(text, 'baton_reloads_total{result="failed"}'), 0);
  assert.equal(valueOf(text, 'baton_worker_restarts_total{worker="0",reason="reload"}'), 1);
  assert.equal(valueOf(text, 'baton_worker_restarts_total{worker="0",reason="crash"}'), 0);
  assert.equal(valueOf(text, 'baton_worker_restart_wait_seconds{worker="0"}'), 0);
  assert.equal(valueOf(text, 'baton_worker_connections_cut_off_total{worker="0"}'), 0);
  assert.equal(valueOf(text, 'baton_worker_state{worker="0",state="ready"}'), 1);
  assert.equal(valueOf(text, 'baton_worker_state{worker="0",state="draining"}'), 0);
});

test('the open files are those of the primary, and the slots those that there are to be', async (t) => {
  const command = startCommand(t, ['--workers', '1', '--metrics', '127.0.0.1:0', app('http.cjs')]);
  const [, url] = await command.seen(/metrics +(http\S+)/);
  await command.seen(/listening/);
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(command.pid), '--nofile=321:'], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const text = await scrape(url);
  assert.equal(valueOf(text, 'baton_primary_max_fds'), 321);
  // The scrape's own connection is gone by now.
  const open = openFds(command.pid).size;
  assert.ok(Math.abs(valueOf(text, 'baton_primary_open_fds') - open) <= 2, `${open} open, in\n${text}`);
  assert.equal(valueOf(text, 'baton_slots'), 1);
});

test('only what there is, and only GET', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, metrics: { port: 0 } });
  assert.ok(primary.metricsUrl);
  assert.equal((await httpRequest(new URL('/nothing', primary.metricsUrl))).status, 404);
  assert.equal((await httpRequest(primary.metricsUrl, 'POST')).status, 405);
  assert.equal((await httpRequest(primary.metricsUrl, 'HEAD')).status, 200);
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
test(
  'promtool finds nothing',
  { skip: promtool ? false : 'promtool (Debian package prometheus) is not installed' },
  async (t) => {
    const primary = await startPrimary(t, { app: app('http.cjs'), workers: 2, metrics: { port: 0 } });
    await ask({ port: portOf(primary), host: '::1' });
    const text = await scrape(primary.metricsUrl);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    assert.deepEqual({ status, found: stdout + stderr }, { status: 0, found: '' });
  },
);
