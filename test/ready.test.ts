// Workers that say when they are ready, and what apps import for that.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path, { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Primary, type PrimaryOptions, type Slowness, type WorkerInfo } from '@baton/core';
import { ask } from './client.js';
import { app, portOf, startPrimary, temporaryDirectory, until } from './harness.js';

const host = '127.0.0.1';

/** Workers that say that they are ready when the test has them say so. */
class Announced {
  readonly #doors: string;
  readonly options: PrimaryOptions;

  constructor(t: TestContext, options: Omit<PrimaryOptions, 'app' | 'env'> = {}) {
    this.#doors = temporaryDirectory(t);
    const env = { ...process.env, DOORS: this.#doors };
    this.options = { app: app('says-ready.cjs'), workers: 1, metrics: false, env, ...options };
  }

  /** Asks the worker by its own door. */
  async ask(pid: number, path: string): Promise<{ pid: number; send: string }> {
    const door = join(this.#doors, String(pid));
    // The path is there a little before somebody listens.
    const isOpen = (): Promise<boolean> =>
      ask({ socketPath: door }).then(
        () => true,
        () => false,
      );
    await until(isOpen, `worker ${pid} has its door`);
    return (await ask({ socketPath: door, path })) as unknown as { pid: number; send: string };
  }
}

function statesOf(primary: Primary): string[] {
  return primary.snapshot().workers.map(({ state }) => state);
}

async function pidsOf(primary: Primary): Promise<number[]> {
  const pids = primary
    .snapshot()
    .workers.flatMap(({ pid, state }) => (state === 'crashed' ? [] : [pid ?? -1]));
  await until(() => primary.addresses.length > 0, 'a worker has asked for its listener');
  return pids;
}

/** How many requests are answered by the worker of each pid. */
async function answersOf(port: number, count: number): Promise<Map<number, number>> {
  const answers = await Promise.all(Array.from({ length: count }, () => ask({ port, host })));
  const byPid = new Map<number, number>();
  for (const { pid } of answers) byPid.set(pid, (byPid.get(pid) ?? 0) + 1);
  return byPid;
}

for (const word of ['/ready', '/worker-ready', '/send-ready']) {
  test(`with waitReady a worker is ready when it says so (${word}), and not before`, async (t) => {
    const announced = new Announced(t, { waitReady: true, readyTimeoutMs: 2_000 });
    const primary = new Primary(announced.options);
    t.after(() => primary.stop());
    let isStarted = false;
    const started = primary.start().then(() => (isStarted = true));
    await once(primary, 'listening');
    const port = portOf(primary);
    const [pid = -1] = await pidsOf(primary);
    for (const path of ['/', '/send-other', '/'])
      assert.equal((await announced.ask(pid, path)).send, 'function');
    assert.deepEqual([statesOf(primary), isStarted], [['starting'], false]);
    await announced.ask(pid, word);
    await started;
    assert.deepEqual(statesOf(primary), ['ready']);

    // The next one listens, and never says so.
    await assert.rejects(primary.reload(), {
      code: 'BATON_RELOAD_FAILED',
      message: /not ready within 2000 ms: it listens on 127\.0\.0\.1:0, but has not called ready\(\)\.$/,
    });
    assert.deepEqual(statesOf(primary), ['ready']);
    assert.equal((await ask({ port, host })).pid, pid);
  });
}

test('without waitReady a worker is ready when it listens, and may say so all the same', async (t) => {
  const announced = new Announced(t);
  const primary = await startPrimary(t, announced.options);
  assert.deepEqual(statesOf(primary), ['ready']);
  for (const path of ['/ready', '/send-ready']) await ask({ port: portOf(primary), host, path });
  assert.deepEqual(statesOf(primary), ['ready']);
});

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: while a worker is ready, one that is not gets no connection`, async (t) => {
    const announced = new Announced(t, { waitReady: true, workers: 2, handoff, probationMs: 0 });
    const primary = new Primary(announced.options);
    t.after(() => primary.stop());
    const started = primary.start();
    started.catch(() => {});
    await once(primary, 'listening');
    const port = portOf(primary);
    const [first = -1, second = -1] = await pidsOf(primary);

    // At a start. Both listen: their doors are opened after that.
    await announced.ask(second, '/');
    const early = answersOf(port, 20);
    await until(() => waiting(primary) === 20, 'while none is ready, all wait');
    await announced.ask(first, '/ready');
    assert.deepEqual([...(await early)], [[first, 20]]);
    assert.deepEqual([...(await answersOf(port, 40))], [[first, 40]]);
    await announced.ask(second, '/ready');
    await started;

    // After a crash.
    const crashed = once(primary, 'worker');
    process.kill(first, 'SIGKILL');
    await crashed;
    await until(() => statesOf(primary)[0] === 'starting', 'another is started in its place');
    const [third = -1] = await pidsOf(primary);
    await announced.ask(third, '/');
    assert.deepEqual([...(await answersOf(port, 40))], [[second, 40]]);

    // At a scale, to a third one.
    const scaled = primary.scale(3);
    await until(() => statesOf(primary).length === 3, 'there are three');
    const [, , fourth = -1] = await pidsOf(primary);
    await announced.ask(fourth, '/');
    assert.deepEqual([...(await answersOf(port, 40))], [[second, 40]]);
    for (const pid of [third, fourth]) await announced.ask(pid, '/ready');
    await scaled;
    await until(async () => (await answersOf(port, 40)).size === 3, 'all answer');
  });

  test(`handoff of ${handoff}: a slow worker is told of with how many connections wait for it`, async (t) => {
    const announced = new Announced(t, { waitReady: true, handoff, listenWarningMs: 4_000 });
    const primary = new Primary(announced.options);
    t.after(() => primary.stop());
    const started = primary.start();
    const slow = once(primary, 'slow') as Promise<[WorkerInfo, Slowness]>;
    await once(primary, 'listening');
    const [pid = -1] = await pidsOf(primary);
    await announced.ask(pid, '/');
    const asked = answersOf(portOf(primary), 3);
    const [, slowness] = await slow;
    assert.deepEqual(slowness, { listeners: ['127.0.0.1:0'], waiting: 3 });
    await announced.ask(pid, '/ready');
    await started;
    assert.deepEqual([...(await asked)], [[pid, 3]]);
  });
}

/** How many connections wait for a worker that takes them. */
function waiting(primary: Primary): number {
  const [listener] = primary.snapshot().listeners;
  return listener?.queued.reduce((total, { length }) => total + length, listener.waiting) ?? 0;
}

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
