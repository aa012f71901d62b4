// An app with the Fastify plugin, under a primary.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ServiceStatus } from '@baton/fastify-plugin';
import type { Primary, PrimaryOptions } from '@baton/core';
import { httpRequest, type HttpResponse } from './client.js';
import { app, portOf, startPrimary, temporaryDirectory } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';

const host = '127.0.0.1';

interface Started {
  primary: Primary;
  /** By which workers the app was closed. */
  closed: () => number[];
  get: (path: string) => Promise<HttpResponse>;
}

async function start(
  t: TestContext,
  options: Partial<PrimaryOptions> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Started> {
  const file = path.join(temporaryDirectory(t), 'closed');
  const primary = await startPrimary(t, {
    app: app('fastify-plugin.mjs'),
    workers: 2,
    policy: 'round-robin',
    probationMs: 0,
    ...options,
    env: { ...process.env, CLOSED: file, ...env },
  });
  return {
    primary,
    closed: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []),
    get: (path) => httpRequest(`http://${host}:${portOf(primary)}${path}`),
  };
}

function pidsOf(primary: Primary): number[] {
  return primary.snapshot().workers.map(({ pid = 0 }) => pid);
}

function sorted(numbers: readonly number[]): number[] {
  return numbers.toSorted((a, b) => a - b);
}

for (const [handoff, reloads] of [
  ['connections', 10],
  ['listeners', 2],
] as const) {
  test(`handoff of ${handoff}: ${reloads} reloads under load, no request is refused, each old app is closed once`, async (t) => {
    const { primary, closed } = await start(t, { handoff });
    const old: number[] = [];
    const seen = await keepAskingWhile({ port: portOf(primary), host }, 16, async () => {
      for (let reload = 0; reload < reloads; reload++) {
        old.push(...pidsOf(primary));
        await primary.reload();
      }
    });
    t.diagnostic(JSON.stringify({ ...seen, pids: seen.pids.size }));
    assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
    assert.ok(seen.answered > 200 && seen.pids.size > 2 * reloads);
    assert.equal(old.length, 2 * reloads);
    assert.deepEqual(sorted(closed()), sorted(old));
  });
}

test('a request that is half read when the worker is to drain is answered, and not with 503', async (t) => {
  const { primary, closed } = await start(t, { workers: 1 });
  const old = pidsOf(primary);
  const lasting = http.get({ port: portOf(primary), host, path: '/hangs', agent: false });
  const [response] = (await once(lasting, 'response')) as [http.IncomingMessage];
  assert.deepEqual(await once(response.setEncoding('utf8'), 'data'), ['begun']);
  const client = net.connect(portOf(primary), host).setEncoding('utf8');
  t.after(() => client.destroy());
  const head = `GET / HTTP/1.1\r\nHost: ${host}\r\n`;
  // Answered: so what came with it was read as well.
  client.write(`${head}\r\n${head}`);
  assert.match(String(await once(client, 'data')), /^HTTP\/1\.1 200 OK/);

  const reloaded = primary.reload();
  assert.deepEqual(await once(response, 'data'), ['draining']);
  client.write('\r\n');
  assert.match(String(await once(client, 'data')), /^HTTP\/1\.1 200 OK/);
  assert.deepEqual(closed(), [], 'a connection is left');
  lasting.destroy();
  await reloaded;
  assert.deepEqual(closed(), old);
});

test('an app that closes itself on SIGTERM, too, is closed once all the same', async (t) => {
  const { primary, closed } = await start(t, {}, { HEARS_SIGTERM: '1' });
  const old = pidsOf(primary);
  const seen = await keepAskingWhile({ port: portOf(primary), host }, 8, async () => {
    await primary.reload();
  });
  assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
  assert.deepEqual(sorted(closed()), sorted(old));
  old.push(...pidsOf(primary));
  await primary.stop();
  assert.deepEqual(sorted(closed()), sorted(old));
});

test('at a stop each app is closed once', async (t) => {
  const { primary, closed } = await start(t);
  const pids = pidsOf(primary);
  await primary.stop();
  assert.deepEqual(sorted(closed()), sorted(pids));
});

test('what hangs beyond the time to drain is cut off, and the app is closed then', async (t) => {
  const { primary, closed } = await start(t, { workers: 1, drainTimeoutMs: 300 });
  const old = pidsOf(primary);
  const request = http.get({ port: portOf(primary), host, path: '/hangs', agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  const failed = once(response, 'error');
  const from = performance.now();
  await primary.reload();
  // Not by SIGKILL, after stopTimeoutMs: 5 s.
  assert.ok(performance.now() - from < 4_000);
  assert.equal(((await failed) as [NodeJS.ErrnoException])[0].code, 'ECONNRESET');
  assert.deepEqual(closed(), old);
  assert.equal(primary.snapshot().counts[0]?.cutOff, 1);
});

test('an app that fails to close does not keep the worker', async (t) => {
  const { primary, closed } = await start(t, { workers: 1 }, { FAILS_TO_CLOSE: '1' });
  const old = pidsOf(primary);
  const exited = new Promise((resolve) =>
    primary.on('worker', ({ pid, state }, { exit }) => {
      if (pid === old[0] && state === 'stopped') resolve(exit);
    }),
  );
  await primary.reload();
  assert.deepEqual(await exited, { code: 0, signal: null });
  assert.deepEqual(closed(), old);
});

test('with waitReady, it is ready when Fastify listens', async (t) => {
  const { primary } = await start(t, { waitReady: true });
  assert.deepEqual(
    primary.snapshot().workers.map(({ state }) => state),
    ['ready', 'ready'],
  );
});

test('the app knows its worker, and any worker the status of all', async (t) => {
  const { primary, get } = await start(t, { metrics: { port: 0 } });
  for (const slot of [0, 1]) {
    assert.deepEqual(JSON.parse((await get('/worker')).text), {
      isWorker: true,
      slot,
      generation: 1,
      draining: false,
      inherited: [],
    });
  }
  const asked = new Set<number>();
  for (let count = 0; count < 2; count++) {
    const answer = JSON.parse((await get('/status')).text) as { pid: number; status: ServiceStatus };
    asked.add(answer.pid);
    assert.equal(answer.status.isWorker, true);
    assert.equal(answer.status.pid, process.pid);
    assert.deepEqual(
      answer.status.workers.map(({ pid }) => pid),
      pidsOf(primary),
    );
  }
  assert.deepEqual(sorted([...asked]), sorted(pidsOf(primary)));
});

test('requests are measured as those of one service, which any worker shows', async (t) => {
  const { primary, get } = await start(t, { metrics: { host: '0.0.0.0', port: 0 } });
  for (let count = 0; count < 4; count++) assert.equal((await get('/')).status, 200);
  const series = /^http_request_duration_seconds_count\{method="GET",route="\/",status_code="200"\} 4$/m;
  for (let count = 0; count < 2; count++) {
    const { status, text, headers } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(text, series);
    assert.match(text, /^baton_worker_state\{worker="1",state="ready"\} 1$/m);
  }
  await primary.reload();
  assert.match((await get('/metrics')).text, series, 'what old workers have answered stays');
  const accept = 'application/openmetrics-text';
  const open = await httpRequest(`http://${host}:${portOf(primary)}/metrics`, 'GET', { accept });
  assert.match(open.text, /# EOF\n$/);
});

test('the health that any worker shows is that of all', async (t) => {
  const { primary, get } = await start(t, { metrics: { port: 0 }, minReady: 2 });
  assert.deepEqual(await get('/livez').then(({ status, text }) => [status, text]), [200, 'ok\n']);
  const readiness = async (): Promise<unknown> => get('/readyz').then(({ status, text }) => [status, text]);
  assert.deepEqual(await readiness(), [200, 'ready: 2, needed: 2\n']);
  const [pid = 0] = pidsOf(primary);
  const crashed = once(primary, 'worker');
  process.kill(pid, 'SIGKILL');
  await crashed;
  assert.deepEqual(await readiness(), [503, 'ready: 1, needed: 2\n']);
});

test('without metrics there is nobody to ask, and it is said so', async (t) => {
  const { get } = await start(t, { workers: 1 });
  const { status, text } = await get('/status');
  assert.equal(status, 500);
  assert.match(text, /BATON_NO_ADMIN.*--no-metrics/);
  assert.deepEqual(await get('/metrics').then(({ status, text }) => [status, /--no-metrics/.test(text)]), [
    503,
    true,
  ]);
  assert.deepEqual(await get('/livez').then(({ status, text }) => [status, text]), [200, 'ok\n']);
  assert.deepEqual(await get('/readyz').then(({ status, text }) => [status, text]), [200, 'ok\n']);
});

test('many requests at once are each answered by the primary, however few connections it has', async (t) => {
  const { get } = await start(t, { metrics: { port: 0 } });
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, at) => get(at % 4 === 0 ? '/metrics' : '/readyz')),
  );
  assert.deepEqual(
    answers.filter(({ status }) => status !== 200).map(({ text }) => text),
    [],
  );
});
