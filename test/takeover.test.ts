// When a new worker takes over: not before it serves all that the one before it does, however late it opens some of it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { ask, askWhile } from './client.js';
import { isAlive, startPrimary, until } from './harness.js';
import { Releases } from './releases.js';

const host = '127.0.0.1';

/** The health port at once, the public one so much later. */
const lateBy = (ms: number): string => `serve(ports[0]); setTimeout(() => serve(ports[1]), ${ms});`;

interface Late {
  primary: Primary;
  healthPort: number;
  publicPort: number;
}

/** Each worker serves both ports. */
async function startLate(
  t: TestContext,
  ms: number,
  options: Omit<PrimaryOptions, 'app'> & { workers: number },
): Promise<Late> {
  const releases = await Releases.first(t, 2, lateBy(ms));
  const [healthPort = 0, publicPort = 0] = releases.ports;
  const primary = await startPrimary(t, {
    app: releases.file,
    env: releases.env,
    policy: 'round-robin',
    ...options,
  });
  const slots = new Set<number>();
  await until(async () => {
    const answer = await ask({ host, port: publicPort }).catch(() => undefined);
    if (answer) slots.add(answer.slot);
    return slots.size === options.workers;
  }, 'all workers serve the public port');
  return { primary, healthPort, publicPort };
}

/** Has so many clients ask each port meanwhile: all are answered. */
async function answersAll(
  t: TestContext,
  { healthPort, publicPort }: Late,
  clients: number,
  work: () => Promise<void>,
): Promise<void> {
  let health: Awaited<ReturnType<typeof askWhile>> | undefined;
  const app = await askWhile(publicPort, clients, async () => {
    health = await askWhile(healthPort, clients, work);
  });
  t.diagnostic(JSON.stringify({ app, health }));
  for (const { answered = 0, failed, hung } of [app, health!]) {
    assert.deepEqual([failed, hung], [{}, 0]);
    assert.ok(answered > 100);
  }
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: 20 reloads of an app that opens its public port late fail no request`, async (t) => {
    const late = await startLate(t, 300, { workers: 2, handoff, probationMs: 20 });
    await answersAll(t, late, 8, async () => {
      for (let reload = 0; reload < 20; reload++) assert.equal((await late.primary.reload()).workers, 2);
    });
    assert.deepEqual(late.primary.snapshot().reloads, { done: 20, failed: 0 });
  });

  test(`handoff of ${handoff}: a worker that is killed, and a reload at once, with the public port 1.5 s late`, async (t) => {
    const late = await startLate(t, 1_500, { workers: 1, handoff, probationMs: 20 });
    const { primary, publicPort } = late;
    const [{ pid: killed = -1 } = {}] = primary.snapshot().workers;
    const gone = new Promise<void>((resolve) => {
      primary.on('worker', ({ pid, state }) => {
        if (pid === killed && state === 'crashed') resolve();
      });
    });
    process.kill(killed, 'SIGKILL');
    await gone;
    const queued = Promise.all(Array.from({ length: 10 }, () => ask({ host, port: publicPort })));
    await until(() => primary.snapshot().workers[0]?.state === 'starting', 'another is started in its place');
    const again = primary.snapshot().workers[0]?.pid;
    assert.equal((await primary.reload()).workers, 1);
    const [current] = primary.snapshot().workers;
    assert.deepEqual([current?.generation, current?.state], [2, 'ready']);
    const pids = new Set((await queued).map(({ pid }) => pid));
    assert.deepEqual(
      [...pids].filter((pid) => pid !== current?.pid && pid !== again),
      [],
    );
    assert.equal((await ask({ host, port: publicPort })).pid, current?.pid);
    assert.ok(!isAlive(killed));
  });
}

test('a reload of an app that opens its public port 3 s late fails no request', async (t) => {
  const late = await startLate(t, 3_000, { workers: 1, probationMs: 100 });
  await answersAll(t, late, 4, async () => {
    assert.equal((await late.primary.reload()).workers, 1);
  });
});

test('workers that are recycled leave no port without one that serves it', async (t) => {
  const late = await startLate(t, 600, { workers: 1, probationMs: 0, maxAgeMs: 1_000 });
  await answersAll(t, late, 4, async () => {
    for (let recycled = 0; recycled < 3; recycled++) {
      const [, , error] = (await once(late.primary, 'recycle')) as [unknown, unknown, Error | undefined];
      assert.equal(error, undefined);
    }
  });
});
