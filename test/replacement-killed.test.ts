// Workers that are killed while one takes the place of the other.
import assert from 'node:assert/strict';
import http from 'node:http';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions, WorkerState } from '@baton/core';
import { portOf, startPrimary, sumOfSlots, until } from './harness.js';
import { KeepAliveClient, nothingSeen, type KeptAlive } from './keep-alive.js';
import { VersionedApp } from './version.js';

const host = '127.0.0.1';

interface Client {
  one: KeepAliveClient;
  seen: KeptAlive;
  /** The worker of its connection before anything happened. */
  pid: number;
}

async function connectClients(primary: Primary, count: number): Promise<Client[]> {
  const connecting = Array.from({ length: count }, async () => {
    const seen = nothingSeen();
    const one = new KeepAliveClient({ port: portOf(primary), host }, seen);
    await one.ask();
    const [pid = -1] = seen.pids;
    return { one, seen, pid };
  });
  return Promise.all(connecting);
}

/** The clients ask, each on its connection, until the work is done. */
async function askingWhile<T>(clients: readonly Client[], work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const asking = clients.map(async ({ one }) => {
    while (!done.signal.aborted) await one.ask();
    one.close();
  });
  try {
    return await work();
  } finally {
    done.abort();
    await Promise.all(asking);
  }
}

function start(t: TestContext, options: Omit<PrimaryOptions, 'app'>): Promise<Primary> {
  const { file, env } = new VersionedApp(t);
  return startPrimary(t, { ...options, app: file, env, workers: 2, policy: 'round-robin' });
}

/** Kills a worker of slot 0 when one of it comes to the state. */
function killWhen(
  primary: Primary,
  generation: number,
  state: WorkerState,
  pid: () => number | undefined,
): void {
  let isDone = false;
  primary.on('worker', (worker) => {
    if (isDone || worker.slot !== 0 || worker.generation !== generation || worker.state !== state) return;
    isDone = true;
    process.kill(pid()!, 'SIGKILL');
  });
}

/** A slot's worker that serves, or is to. */
function pidOf(primary: Primary, slot: number): number | undefined {
  return primary.snapshot().workers.findLast((worker) => worker.slot === slot)?.pid;
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: the old worker is killed while the new one is on probation`, async (t) => {
    const primary = await start(t, { handoff, probationMs: 400 });
    const clients = await connectClients(primary, 32);
    const [first, second] = primary.snapshot().workers;
    assert.ok(first?.pid !== undefined && second?.pid !== undefined);
    const { pid } = first;
    killWhen(primary, 2, 'ready', () => pid);
    const report = await askingWhile(clients, () => primary.reload());
    assert.equal(report.workers, 2);
    const others = clients.filter((client) => client.pid === second.pid);
    assert.ok(others.length > 0);
    for (const { seen } of others) assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
    // What the killed one had is lost, and nothing after that.
    for (const { seen } of clients) {
      const failures = Object.values(seen.failed).reduce((sum, count) => sum + count, 0);
      assert.ok(failures <= 1 && seen.reconnected <= 1, JSON.stringify(seen));
    }
    const { workers, counts } = primary.snapshot();
    assert.deepEqual(
      workers.map(({ slot, generation, state }) => [slot, generation, state]),
      [
        [0, 2, 'ready'],
        [1, 2, 'ready'],
      ],
    );
    assert.deepEqual(
      counts.map(({ restarts }) => [restarts.crash, restarts.reload]),
      [
        [1, 1],
        [0, 1],
      ],
    );
  });

  test(`handoff of ${handoff}: the new worker is killed when it has just taken over`, async (t) => {
    const primary = await start(t, { handoff, probationMs: 0 });
    const clients = await connectClients(primary, 32);
    const [first, second] = primary.snapshot().workers;
    // They keep the old one, so that it is not gone when the new one is.
    const open: http.ClientRequest[] = [];
    while (primary.snapshot().targets.some(({ requests }) => requests === 0)) {
      open.push(
        http.get({ port: portOf(primary), host, path: '/never', agent: false }).on('error', () => {}),
      );
      await until(() => sumOfSlots(primary, ({ requests }) => requests) === open.length, 'it has come');
    }
    killWhen(primary, 1, 'draining', () => pidOf(primary, 0));
    await askingWhile(clients, async () => {
      await assert.rejects(primary.reload(), {
        code: 'BATON_RELOAD_FAILED',
        message:
          /^The reload failed: 0 of 2 .* The new worker 0 \(pid \d+\) ended by SIGKILL just after its probation\.$/,
      });
      for (const request of open) request.destroy();
      const areReady = (): boolean => primary.snapshot().workers.every(({ state }) => state === 'ready');
      await until(areReady, 'it is back, and the old one gone');
    });
    const others = clients.filter((client) => client.pid === second?.pid);
    assert.ok(others.length > 0);
    for (const { seen } of others) {
      assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
      assert.deepEqual([...seen.pids], [second?.pid]);
    }
    const { workers } = primary.snapshot();
    assert.deepEqual(
      workers.map(({ slot, generation, restarts }) => [slot, generation, restarts]),
      [
        [0, 2, 1],
        [1, 1, 0],
      ],
    );
    assert.equal(workers[1]?.pid, second?.pid);
    assert.notEqual(workers[0]?.pid, first?.pid);
    // Nothing of it is left behind.
    assert.equal((await primary.reload()).workers, 2);
  });
}
