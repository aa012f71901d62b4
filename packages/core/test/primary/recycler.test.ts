import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { resolveOptions, type PrimaryOptions } from '#core/options.js';
import { Recycler } from '#core/primary/recycler.js';
import type { Supervisor } from '#core/primary/supervisor.js';
import type { WorkerHandle } from '#core/primary/worker-handle.js';

interface FakeWorker {
  pid: number;
  ageMs: number;
  state: string;
  info: () => object;
}

/** A supervisor that is asked to recycle, and does as the test says. */
class FakeSupervisor {
  isStopping = false;
  asked: [pid: number, reason: string][] = [];
  outcome: () => Promise<boolean> = () => Promise.resolve(true);
  readonly workers: FakeWorker[];

  constructor(ages: number[]) {
    this.workers = ages.map((ageMs, i) => ({
      pid: -1 - i,
      ageMs,
      state: 'ready',
      info: () => ({ slot: i }),
    }));
  }

  get slots(): { current: FakeWorker }[] {
    return this.workers.map((current) => ({ current }));
  }

  recycle({ pid }: WorkerHandle, reason: string): Promise<boolean> {
    this.asked.push([pid!, reason]);
    return this.outcome();
  }
}

interface Started {
  recycler: Recycler;
  tick: (ms: number) => Promise<void>;
  told: unknown[];
}

function start(
  t: TestContext,
  supervisor: FakeSupervisor,
  options: Partial<PrimaryOptions> = { maxAgeMs: 5_000 },
): Started {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.after(() => mock.timers.reset());
  const told: unknown[] = [];
  const resolved = resolveOptions({ app: 'app.js', workers: 1, ...options });
  const recycler = new Recycler(resolved, supervisor as unknown as Supervisor, (_, reason, error) =>
    told.push([reason, error?.message]),
  );
  recycler.start();
  const tick = async (ms: number): Promise<void> => {
    for (let i = 0; i < ms; i += 1_000) {
      mock.timers.tick(1_000);
      await setImmediate();
    }
  };
  return { recycler, tick, told };
}

test('a worker beyond its age is recycled, once, and the others are not', async (t) => {
  const supervisor = new FakeSupervisor([5_000, 5_001]);
  let end: (isReplaced: boolean) => void = () => {};
  supervisor.outcome = () => new Promise((resolve) => (end = resolve));
  const { tick, told } = start(t, supervisor);
  await tick(3_000);
  assert.deepEqual(supervisor.asked, [[-2, 'maxAge']]);
  assert.deepEqual(told, []);
  end(true);
  await setImmediate();
  assert.deepEqual(told, [['maxAge', undefined]]);
});

test('one whose successor failed is left alone for a minute', async (t) => {
  const supervisor = new FakeSupervisor([6_000]);
  supervisor.outcome = () => Promise.reject(new Error('failed'));
  const { tick, told } = start(t, supervisor);
  await tick(1_000);
  assert.deepEqual(told, [['maxAge', 'failed']]);
  await tick(59_000);
  assert.equal(supervisor.asked.length, 1);
  await tick(2_000);
  assert.equal(supervisor.asked.length, 2);
});

test('one that was replaced by a reload meanwhile is nothing to tell of', async (t) => {
  const supervisor = new FakeSupervisor([6_000]);
  supervisor.outcome = () => Promise.resolve(false);
  const { tick, told } = start(t, supervisor);
  await tick(1_000);
  assert.equal(supervisor.asked.length, 1);
  assert.deepEqual(told, []);
});

test('one that is not ready is left alone, and so are all after stop()', async (t) => {
  const supervisor = new FakeSupervisor([6_000]);
  const [worker] = supervisor.workers;
  const { recycler, tick } = start(t, supervisor);
  for (const state of ['starting', 'draining', 'crashed']) {
    worker!.state = state;
    await tick(1_000);
  }
  assert.deepEqual(supervisor.asked, []);
  recycler.stop();
  worker!.state = 'ready';
  await tick(2_000);
  assert.deepEqual(supervisor.asked, []);
});

test('without a limit nothing is looked at', async (t) => {
  const supervisor = new FakeSupervisor([Infinity]);
  const { tick } = start(t, supervisor, {});
  await tick(2_000);
  assert.deepEqual(supervisor.asked, []);
});
