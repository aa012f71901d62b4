// A reload, and what is asked for while it is under way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Primary, type PrimaryOptions, type WorkerInfo, type WorkerState } from '@baton/core';
import { ask } from './client.js';
import { isAlive, portOf, startPrimary, until } from './harness.js';
import { VersionedApp, type VersionOf } from './version.js';

const host = '127.0.0.1';

interface Started {
  versioned: VersionedApp;
  primary: Primary;
  /** Each move of a worker: slot, generation, state. */
  moves: string[];
}

async function start(t: TestContext, options: Omit<PrimaryOptions, 'app'>): Promise<Started> {
  const versioned = new VersionedApp(t);
  const primary = await startPrimary(t, { ...options, app: versioned.file, env: versioned.env });
  const moves: string[] = [];
  primary.on('worker', ({ slot, generation, state }) => moves.push(`${slot}.${generation} ${state}`));
  return { versioned, primary, moves };
}

/** Resolves when a worker of that generation comes to the state, before anything else happens. */
function whenWorker(primary: Primary, generation: number, state: WorkerState): Promise<WorkerInfo> {
  return new Promise((resolve) => {
    primary.on('worker', (worker) => {
      if (worker.generation === generation && worker.state === state) resolve(worker);
    });
  });
}

test('three reloads are asked for during one: there is one more, which all three share', async (t) => {
  const { primary, moves } = await start(t, { workers: 2, probationMs: 0 });
  const first = primary.reload();
  await whenWorker(primary, 2, 'ready');
  const others = [primary.reload(), primary.reload(), primary.reload()];
  assert.equal((await first).generation, 2);
  const reports = await Promise.all(others);
  assert.deepEqual(
    reports.map(({ workers, generation }) => [workers, generation]),
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
  );
  assert.deepEqual(primary.snapshot().reloads, { done: 2, failed: 0 });
  assert.deepEqual(
    moves.filter((move) => move.endsWith('starting')),
    ['0.2 starting', '1.2 starting', '0.3 starting', '1.3 starting'],
  );
});

test('the queued reload goes on where the one before it has failed', async (t) => {
  const { versioned, primary } = await start(t, { workers: 1, probationMs: 0 });
  versioned.release({ fault: 'throws' });
  const failing = assert.rejects(primary.reload(), { code: 'BATON_RELOAD_FAILED' });
  await whenWorker(primary, 2, 'starting');
  const queued = primary.reload();
  await whenWorker(primary, 2, 'crashed');
  versioned.release({});
  await failing;
  assert.equal((await queued).generation, 3);
});

test('scaling waits for its turn, and what is queued behind it sees the new number', async (t) => {
  const { primary, moves } = await start(t, { workers: 2, probationMs: 0 });
  const first = primary.reload();
  await whenWorker(primary, 2, 'ready');
  await Promise.all([first, primary.scaleBy(1), primary.scaleBy(-2), primary.reload()]);
  const begun = moves.filter((move) => /starting|stopped/.test(move));
  const after = (move: string): string[] => begun.slice(begun.indexOf(move) + 1);
  assert.ok(after('1.1 stopped').includes('2.2 starting'), moves.join(', '));
  assert.deepEqual(
    after('2.2 starting').filter((move) => move.endsWith('starting')),
    ['0.3 starting'],
  );
  assert.deepEqual(
    primary.snapshot().workers.map(({ slot, generation }) => [slot, generation]),
    [[0, 3]],
  );
});

interface Stage {
  name: string;
  version: VersionOf;
  probationMs: number;
  generation: number;
  state: WorkerState;
}

const stages: Stage[] = [
  {
    name: 'a new worker starts',
    version: { fault: 'never listens' },
    probationMs: 0,
    generation: 2,
    state: 'starting',
  },
  {
    name: 'a new worker is in its probation',
    version: {},
    probationMs: 60_000,
    generation: 2,
    state: 'ready',
  },
  { name: 'an old worker drains', version: {}, probationMs: 0, generation: 1, state: 'draining' },
];

for (const { name, version, probationMs, generation, state } of stages) {
  for (const how of ['stop', 'kill'] as const) {
    test(`${how}() while ${name}: no process is left, and nobody waits`, async (t) => {
      const { versioned, primary, moves } = await start(t, { workers: 1, probationMs });
      const pids = new Set<number | undefined>(primary.snapshot().workers.map(({ pid }) => pid));
      primary.on('worker', ({ pid }) => pids.add(pid));
      versioned.release(version);
      // Keeps the old worker.
      const path = how === 'stop' ? '/slow' : '/never';
      const outcome = ask({ port: portOf(primary), host, path }).then(
        () => 'answered',
        () => 'lost',
      );
      await until(() => primary.snapshot().slots[0]?.requests === 1, 'it has come');
      let ended: Promise<void> | undefined;
      // In the very event: what comes of it must not be undone by what goes on after that.
      primary.on('worker', (worker) => {
        if (worker.generation === generation && worker.state === state) ended ??= primary[how]();
      });
      const stopped = { code: 'BATON_STOPPED' };
      const reload = assert.rejects(primary.reload(), stopped);
      const queued = assert.rejects(primary.scale(3), stopped);
      await Promise.all([reload, queued]);
      await ended;
      assert.deepEqual(
        [...pids].filter((pid) => pid !== undefined && isAlive(pid)),
        [],
      );
      assert.equal(pids.size, 2, moves.join(', '));
      assert.equal(await outcome, how === 'stop' ? 'answered' : 'lost');
      await assert.rejects(primary.reload(), { code: 'BATON_NOT_RUNNING' });
    });
  }
}

test('a worker that drains already when stop() comes is told before it is killed', async (t) => {
  const { primary } = await start(t, { workers: 1, probationMs: 0, stopTimeoutMs: 1_500 });
  const never = assert.rejects(ask({ port: portOf(primary), host, path: '/never' }));
  await until(() => primary.snapshot().slots[0]?.requests === 1, 'it has come');
  const exits: unknown[] = [];
  primary.on('worker', ({ generation }, { exit }) => {
    if (generation === 1 && exit) exits.push(exit);
  });
  const reload = assert.rejects(primary.reload(), { code: 'BATON_STOPPED' });
  await whenWorker(primary, 1, 'draining');
  await Promise.all([primary.stop(), reload, never]);
  assert.deepEqual(exits, [{ code: 0, signal: null }], 'by itself');
});

test('stop() in the event of the first worker at the start: the others are not started', async (t) => {
  const versioned = new VersionedApp(t);
  const primary = new Primary({ app: versioned.file, env: versioned.env, workers: 3, metrics: false });
  const pids = new Set<number | undefined>();
  primary.on('worker', ({ pid }) => {
    pids.add(pid);
    void primary.stop();
  });
  const stopped = once(primary, 'stopped');
  await assert.rejects(primary.start(), { code: 'BATON_STOPPED' });
  await stopped;
  assert.equal(pids.size, 1);
  assert.deepEqual(
    [...pids].filter((pid) => pid !== undefined && isAlive(pid)),
    [],
  );
});
