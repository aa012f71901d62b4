// Workers that say when they are ready, and what apps import for that.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { Primary, type PrimaryOptions } from '@baton/core';
import { ask } from './client.js';
import { app, portOf, startPrimary } from './harness.js';

const host = '127.0.0.1';
const options: PrimaryOptions = { app: app('says-ready.cjs'), workers: 1, metrics: false };

function statesOf(primary: Primary): string[] {
  return primary.snapshot().workers.map(({ state }) => state);
}

for (const word of ['/ready', '/worker-ready', '/send-ready']) {
  test(`with waitReady a worker is ready when it says so (${word}), and not before`, async (t) => {
    const primary = new Primary({ ...options, waitReady: true, readyTimeoutMs: 300 });
    t.after(() => primary.stop());
    let isStarted = false;
    const started = primary.start().then(() => (isStarted = true));
    await once(primary, 'listening');
    const port = portOf(primary);
    for (const path of ['/', '/send-other', '/'])
      assert.equal(((await ask({ port, host, path })) as unknown as { send: string }).send, 'function');
    assert.deepEqual([statesOf(primary), isStarted], [['starting'], false]);
    await ask({ port, host, path: word });
    await started;
    assert.deepEqual(statesOf(primary), ['ready']);

    // The next one listens, and never says so.
    const { pid } = await ask({ port, host });
    await assert.rejects(primary.reload(), {
      code: 'BATON_RELOAD_FAILED',
      message: /not ready within 300 ms/,
    });
    assert.deepEqual(statesOf(primary), ['ready']);
    assert.equal((await ask({ port, host })).pid, pid);
  });
}

test('without waitReady a worker is ready when it listens, and has no process.send', async (t) => {
  const primary = await startPrimary(t, options);
  assert.deepEqual(statesOf(primary), ['ready']);
  const answer: unknown = await ask({ port: portOf(primary), host, path: '/ready' });
  assert.equal((answer as { send: string }).send, 'undefined');
  assert.deepEqual(statesOf(primary), ['ready']);
});

for (const name of ['required.cjs', 'imported.mjs']) {
  test(`@baton/core/worker does nothing without Baton (${name})`, () => {
    const { stdout, stderr } = spawnSync(process.execPath, [app(`worker-module/${name}`)], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    const inert = { isWorker: false, slot: 0, generation: 0, draining: false, send: 'undefined' };
    assert.deepEqual(JSON.parse(stdout), inert);
  });
}

test('the types of @baton/core/worker are those of ESM and of CommonJS', () => {
  const files = ['typed.mts', 'typed.cts'].map((name) => app(`worker-module/${name}`));
  const flags = ['--noEmit', '--ignoreConfig', '--strict', '--target', 'es2023', '--module', 'nodenext'];
  const tsc = path.join(app('.'), '../../node_modules/.bin/tsc');
  const { stdout, status } = spawnSync(tsc, [...flags, '--types', 'node', ...files], {
    encoding: 'utf8',
    cwd: path.join(app('.'), '..'),
  });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
