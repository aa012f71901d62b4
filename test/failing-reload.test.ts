// Releases that fail: who served goes on, no client notices, and the next release can succeed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatonError, type Primary, type PrimaryOptions, type WorkerInfo } from '@baton/core';
import { askWhile, type Outcomes } from './client.js';
import { isAlive, portOf, startPrimary } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import { VersionedApp, type VersionOf } from './version.js';

const host = '127.0.0.1';

interface Case {
  fault: NonNullable<VersionOf['fault']>;
  options: Omit<PrimaryOptions, 'app'>;
  /** How long the reload may take until it has failed. */
  mostMs: number;
  /** What the error says of the new worker. */
  how: string;
  /** What the app itself says of it. */
  failure: RegExp | undefined;
}

const readyTimeoutMs = 2_500;
/** For a machine that has other things to do. */
const slackMs = 2_500;

const cases: Case[] = [
  {
    fault: 'throws',
    options: { probationMs: 100, readyTimeoutMs: 20_000 },
    mostMs: 20_000,
    how: 'ended with code 1 before it was ready',
    failure: /^Error: cannot load its settings\n {4}at load \(.*versioned\.cjs:\d+:\d+\)\n/,
  },
  {
    fault: 'never listens',
    options: { probationMs: 100, readyTimeoutMs },
    mostMs: readyTimeoutMs + slackMs,
    how: `was not ready within ${readyTimeoutMs} ms: it does not listen`,
    failure: undefined,
  },
  {
    fault: 'exits',
    options: { probationMs: 100, readyTimeoutMs: 20_000 },
    mostMs: 20_000,
    how: 'ended with code 0 before it was ready',
    failure: undefined,
  },
  {
    fault: 'crashes',
    options: { probationMs: 2_000, readyTimeoutMs },
    mostMs: readyTimeoutMs + 2_000,
    how: 'ended with code 1 during its probation of 2000 ms',
    failure: /^Error: has lost its database\n {4}at .*crash.* \(.*versioned\.cjs:\d+:\d+\)\n/,
  },
];

/** The reload's error, after so long. */
async function failedReload(primary: Primary): Promise<{ error: BatonError; afterMs: number }> {
  const startedAt = performance.now();
  const error = await primary.reload().then(
    () => assert.fail('the reload has not failed'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof BatonError);
  return { error, afterMs: performance.now() - startedAt };
}

function startsOf(primary: Primary): WorkerInfo[] {
  const starts: WorkerInfo[] = [];
  primary.on('worker', (worker) => {
    if (worker.state === 'starting') starts.push(worker);
  });
  return starts;
}

for (const handoff of ['connections', 'listeners'] as const) {
  for (const { fault, options, mostMs, how, failure } of cases) {
    test(`handoff of ${handoff}: a release that ${fault} is noticed by no client, and the next one succeeds`, async (t) => {
      const versioned = new VersionedApp(t);
      const primary = await startPrimary(t, {
        ...options,
        app: versioned.file,
        env: versioned.env,
        workers: 2,
        handoff,
      });
      const before = primary.snapshot().workers;
      const starts = startsOf(primary);
      let fresh: Outcomes | undefined;
      const kept = await keepAskingWhile({ port: portOf(primary), host }, 64, async () => {
        fresh = await askWhile(portOf(primary), 32, async () => {
          versioned.release({ fault });
          const { error, afterMs } = await failedReload(primary);
          assert.deepEqual(primary.snapshot().workers, before, 'who served goes on');
          assert.equal(starts.length, 1, 'nothing was begun after the first had failed');
          assert.equal(error.code, 'BATON_RELOAD_FAILED');
          const [message = '', said] = error.message.split(/(?<=\.)\n([^]*)/);
          assert.match(message, /^The reload failed: 0 of 2 workers were replaced,/);
          assert.ok(message.endsWith(` The new worker 0 (pid ${starts[0]?.pid}) ${how}.`), message);
          if (failure === undefined) assert.equal(said, undefined);
          else assert.match(said ?? '', failure);
          assert.ok(afterMs < mostMs, `${afterMs} ms`);
          versioned.release({});
          assert.deepEqual((await primary.reload()).workers, 2);
        });
      });
      t.diagnostic(JSON.stringify({ kept: { ...kept, pids: kept.pids.size }, fresh }));
      assert.deepEqual([kept.failed, kept.reconnected], [{}, 0]);
      assert.deepEqual([fresh?.failed, fresh?.hung], [{}, 0]);
      assert.ok(kept.answered > 100 && (fresh?.answered ?? 0) > 100);
      const after = primary.snapshot().workers;
      const serving = new Set([...before, ...after].map(({ pid }) => pid));
      assert.deepEqual(
        [...kept.pids].filter((pid) => !serving.has(pid)),
        [],
        'the failed one got nothing',
      );
      assert.ok(starts[0]?.pid !== undefined && !isAlive(starts[0].pid));
      assert.deepEqual(primary.snapshot().reloads, { done: 1, failed: 1 });
      assert.deepEqual(
        primary.snapshot().counts.map(({ restarts }) => restarts),
        [0, 1].map(() => ({ crash: 0, reload: 1, maxMemory: 0, maxAge: 0, signal: 0 })),
      );
    });
  }
}

test('two at a time of four: after a failure nothing new is begun, what is under way is ended', async (t) => {
  const versioned = new VersionedApp(t);
  const primary = await startPrimary(t, {
    app: versioned.file,
    env: versioned.env,
    workers: 4,
    reloadConcurrency: 2,
    probationMs: 1_000,
  });
  const before = primary.snapshot().workers;
  const starts = startsOf(primary);
  versioned.release({ fault: 'throws', slot: 1 });
  const { error } = await failedReload(primary);
  assert.match(error.message, /^The reload failed: 1 of 4 workers were replaced,.* The new worker 1 /);
  assert.deepEqual(
    starts.map(({ slot }) => slot),
    [0, 1],
  );
  const after = primary.snapshot().workers;
  assert.deepEqual(
    after.map(({ generation }) => generation),
    [2, 1, 1, 1],
  );
  assert.deepEqual(after.slice(1), before.slice(1));
  versioned.release({});
  assert.equal((await primary.reload()).workers, 4);
  assert.deepEqual(
    primary.snapshot().workers.map(({ generation }) => generation),
    [3, 3, 3, 3],
  );
});
