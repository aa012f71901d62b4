// Releases that no client notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWhile, type Outcomes } from './client.js';
import { app, portOf, startPrimary, sumOfSlots, until } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';

const host = '127.0.0.1';
const env = { ...process.env, HOST: host };

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: 20 reloads under load are noticed by nobody`, async (t) => {
    const primary = await startPrimary(t, {
      app: app('http.cjs'),
      workers: 2,
      handoff,
      probationMs: 50,
      env,
    });
    const port = portOf(primary);
    let fresh: Outcomes | undefined;
    const kept = await keepAskingWhile({ port, host }, 64, async () => {
      fresh = await askWhile(port, 32, async () => {
        for (let generation = 2; generation <= 21; generation++) {
          const report = await primary.reload();
          assert.deepEqual([report.workers, report.generation], [2, generation]);
        }
      });
    });
    t.diagnostic(JSON.stringify({ kept: { ...kept, pids: kept.pids.size }, fresh }));
    assert.deepEqual([kept.failed, kept.reconnected], [{}, 0]);
    assert.deepEqual([fresh?.failed, fresh?.hung], [{}, 0]);
    assert.ok(kept.answered > 1000 && (fresh?.answered ?? 0) > 200);
    assert.ok(kept.pids.size > 20, 'the connections were answered by many workers');
    assert.ok(sumOfSlots(primary, ({ givenBack }) => givenBack) >= 64 * 20);
    const generations = primary.snapshot().workers.map(({ generation }) => generation);
    assert.deepEqual(generations, [21, 21]);
    // Every connection has had its one end.
    await until(() => sumOfSlots(primary, ({ connections }) => connections) === 0, 'all are closed');
    const snapshot = primary.snapshot();
    const sum = (pick: (slot: (typeof snapshot.slots)[number]) => number): number =>
      snapshot.slots.reduce((total, slot) => total + pick(slot), 0);
    const accepted = snapshot.listeners[0]?.accepted ?? 0;
    assert.equal(accepted, 64 + (fresh?.answered ?? 0));
    assert.equal(
      accepted + sum(({ givenBack }) => givenBack),
      sum(({ claimed, ownAccepted }) => claimed + ownAccepted),
    );
    assert.deepEqual(snapshot.reloads, { done: 20, failed: 0 });
  });
}

test('a new worker tells how long it still is on probation, and only it does', async (t) => {
  const probationMs = 60_000;
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, probationMs, env });
  const reloadFails = assert.rejects(primary.reload(), { code: 'BATON_STOPPED' });
  const leftOf = (generation: number): number | undefined =>
    primary.status().workers.find((worker) => worker.generation === generation)?.probationLeftMs;
  await until(() => leftOf(2) !== undefined, 'it is on probation');
  await until(() => Number(leftOf(2)) < probationMs, 'the time runs');
  assert.ok(Number(leftOf(2)) > 0);
  assert.equal(leftOf(1), undefined);
  await primary.stop();
  await reloadFails;
  assert.equal(leftOf(2), undefined);
});
