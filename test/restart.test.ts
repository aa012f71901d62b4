// Workers that end are started again.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { WorkerInfo } from '@baton/core';
import { ask, askMany } from './client.js';
import { app, portOf, startCommand, startPrimary, until } from './harness.js';

const host = '127.0.0.1';

for (const [path, how] of [
  ['/throw', { code: 1, signal: null }],
  ['/exit', { code: 0, signal: null }],
  ['/kill', { code: null, signal: 'SIGKILL' }],
] as const) {
  test(`a worker that ends (${path}) is started again, in its slot`, async (t) => {
    const primary = await startPrimary(t, { app: app('crashes.cjs'), workers: 2, policy: 'round-robin' });
    const port = portOf(primary);
    const before = primary.snapshot().workers;
    const ended = once(primary, 'worker') as Promise<[WorkerInfo, { exit?: unknown }]>;
    await assert.rejects(ask({ port, host, path }));
    const [worker, { exit }] = await ended;
    assert.deepEqual([worker.state, exit], ['crashed', how]);
    await until(
      () => primary.snapshot().workers.every(({ state }) => state === 'ready'),
      'both are ready again',
    );
    const after = primary.snapshot().workers;
    assert.deepEqual(
      after.map(({ slot }) => slot),
      [0, 1],
    );
    assert.deepEqual(
      after.map(({ restarts }) => restarts),
      worker.slot === 0 ? [1, 0] : [0, 1],
    );
    assert.notEqual(after[worker.slot]?.pid, before[worker.slot]?.pid);
    assert.equal((await askMany(20, 2, () => ask({ port, host }))).size, 2);
  });
}

test('connections wait while no worker is up, and are answered by the next', async (t) => {
  const primary = await startPrimary(t, { app: app('crashes.cjs'), workers: 1 });
  const port = portOf(primary);
  await assert.rejects(ask({ port, host, path: '/kill' }));
  const isGone = (): boolean => primary.snapshot().slots[0]?.connections === 0;
  await until(isGone, 'the primary knows that the worker is gone');
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask({ port, host })));
  assert.equal(answers.length, 20);
});

test('the service goes on when nobody reads its output any more', async (t) => {
  const command = startCommand(t, ['-w', '1', '--no-metrics', app('crashes.cjs')]);
  const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  command.process.stdout?.destroy();
  command.process.stderr?.destroy();
  await assert.rejects(ask({ port, host, path: '/kill' }));
  const answers = async (): Promise<boolean> =>
    (await ask({ port, host }).catch(() => undefined)) !== undefined;
  await until(answers, 'the worker is started again, which is told to nobody');
});
