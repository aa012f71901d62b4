// Ten minutes of new connections and of workers that are killed: nothing may grow, hang or be lost track of.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask } from './client.js';
import { app, openFds, portOf, startPrimary, until } from './harness.js';

const durationMs = 10 * 60_000;
const killEveryMs = 2_000;
const clients = 32;

function residentBytes(): number {
  const pages = Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]);
  return pages * 4096;
}

test('ten minutes of churn', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 4,
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const target = { port: portOf(primary), host: '127.0.0.1' };
  const outcomes = { answered: 0, failed: 0 };
  const client = async (end: number): Promise<void> => {
    while (performance.now() < end) {
      await ask(target).then(
        () => (outcomes.answered += 1),
        () => (outcomes.failed += 1),
      );
    }
  };
  const load = (ms: number): Promise<unknown> =>
    Promise.all(Array.from({ length: clients }, () => client(performance.now() + ms)));
  const isIdle = (): boolean => primary.snapshot().slots.every(({ connections }) => connections === 0);

  await load(30_000);
  await until(isIdle, 'all connections are closed');
  globalThis.gc?.();
  const before = { fds: openFds().size, bytes: residentBytes() };
  const killing = setInterval(() => {
    const ready = primary.snapshot().workers.filter(({ state }) => state === 'ready');
    const { pid } = ready[Math.floor(Math.random() * ready.length)] ?? {};
    if (pid !== undefined && ready.length > 1) process.kill(pid, 'SIGKILL');
  }, killEveryMs);
  await load(durationMs);
  clearInterval(killing);
  await until(isIdle, 'all connections are closed');
  globalThis.gc?.();

  t.diagnostic(
    JSON.stringify({ ...outcomes, before, after: { fds: openFds().size, bytes: residentBytes() } }),
  );
  const { slots, listeners, dropped } = primary.snapshot();
  const claimed = slots.reduce((sum, slot) => sum + slot.claimed - slot.recovered - slot.givenBack, 0);
  assert.equal(claimed + dropped.workersDied, listeners[0]?.accepted);
  assert.ok(outcomes.failed < outcomes.answered / 100);
  await until(() => openFds().size <= before.fds, `no more than ${before.fds} fds`);
  // The clients are in this process too, and V8 takes its time; a leak of a descriptor's worth each would show.
  assert.ok(residentBytes() < before.bytes + 100e6, 'memory does not grow with connections');
});
