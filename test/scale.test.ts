// The number of workers changes while clients ask.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWhile } from './client.js';
import { app, portOf, startPrimary } from './harness.js';

const host = '127.0.0.1';

for (const kind of ['connections', 'listeners'] as const) {
  test(`handoff of ${kind}: 8 workers, 2, and 8 again, five times under load`, async (t) => {
    const primary = await startPrimary(t, {
      app: app('http.cjs'),
      workers: 8,
      handoff: kind,
      stallAfterMs: 20,
      env: { ...process.env, HOST: host },
    });
    const outcomes = await askWhile(portOf(primary), 32, async () => {
      for (let i = 0; i < 5; i++) {
        await primary.scale(2);
        assert.equal(primary.snapshot().workers.length, 2);
        await primary.scale(8);
        assert.ok(primary.snapshot().workers.every(({ state }) => state === 'ready'));
      }
    });
    t.diagnostic(JSON.stringify(outcomes));
    assert.ok(outcomes.answered > 500);
    assert.deepEqual(outcomes.failed, {}, 'none refused, none reset');
    assert.equal(outcomes.hung, 0);
    assert.equal(primary.snapshot().listeners[0]?.accepted, outcomes.answered);
    await assert.rejects(primary.scale(0), { code: 'BATON_INVALID_OPTION' });
  });
}

test('a worker that something of its own keeps alive ends when its requests are answered', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http-timer.cjs'),
    workers: 2,
    stopTimeoutMs: 60_000,
    env: { ...process.env, HOST: host },
  });
  const ended: unknown[] = [];
  primary.on('worker', ({ slot, state }, { exit }) => {
    if (exit) ended.push([slot, state, exit]);
  });
  await primary.scale(1);
  assert.deepEqual(ended, [[1, 'stopped', { code: 0, signal: null }]]);
});

test('scale() needs a primary that runs', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 1,
    env: { ...process.env, HOST: host },
  });
  await primary.stop();
  await assert.rejects(primary.scale(2), { code: 'BATON_NOT_RUNNING' });
});
