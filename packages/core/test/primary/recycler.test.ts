import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { resolveOptions, type PrimaryOptions } from '#core/options.js';
import { Recycler } from '#core/primary/recycler.js';
import type { Supervisor } from '#core/primary/supervisor.js';
import type { WorkerHandle } from '#core/primary/worker-handle.js';

interface FakeWorker {
  slot: number;
  pid: number;
  bytesWhenReady: number | undefined;
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
      slot: i,
      pid: -1 - i,
      bytesWhenReady: undefined as number | undefined,
      ageMs,
      state: 'ready',
      info: () => ({ slot: i }),
    }));
  }

  /** Puts another worker in the slot's place, as a recycle that has been done would. */
  renew(slot: number, details: Partial<FakeWorker>): void {
    const before = this.workers[slot]!;
    this.workers[slot] = { ...before, pid: before.pid - 100, ...details };
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

test('a fresh worker that is too old is left alone for ever longer, and that is told once, with the figures', async (t) => {
  const supervisor = new FakeSupervisor([6_001]);
  supervisor.outcome = () => {
    supervisor.renew(0, { ageMs: 6_001 });
    return Promise.resolve(true);
  };
  const { tick, told } = start(t, supervisor);
  await tick(1_000);
  const [reason, message] = told[0] as [string, string];
  assert.equal(reason, 'maxAge');
  assert.match(message, /^A new worker of slot 0 already is 6s old, above --max-age 5s\. .* Raise it /);
  await tick(59_000);
  assert.deepEqual(supervisor.asked, []);
  await tick(2_000);
  assert.equal(supervisor.asked.length, 1, 'after a minute it is replaced all the same');
  await tick(119_000);
  assert.equal(supervisor.asked.length, 1);
  await tick(4_000);
  assert.equal(supervisor.asked.length, 2, 'the next one after two minutes');
  assert.deepEqual(told.slice(1), [
    ['maxAge', undefined],
    ['maxAge', undefined],
  ]);
});

test('a worker that was too large when it came up is not replaced, whatever slot it is in', async (t) => {
  const supervisor = new FakeSupervisor([0, 0]);
  const bytes = process.memoryUsage.rss();
  for (const slot of [0, 1]) supervisor.renew(slot, { pid: process.pid, bytesWhenReady: bytes });
  const { tick, told } = start(t, supervisor, { maxMemoryBytes: 30 * 2 ** 20 });
  await tick(59_000);
  assert.deepEqual(supervisor.asked, []);
  const [[, message = ''] = [], ...others] = told as [string, string?][];
  const megabytes = (bytes / 2 ** 20).toFixed(0);
  assert.ok(
    message.startsWith(`A new worker of slot 0 already uses ${megabytes} MB, above --max-memory 30M.`),
  );
  assert.match(message, /Raise it well above what the app needs/);
  assert.deepEqual(others, [], 'it is told once, not for each slot');
});

test('workers that grow too large at once, one after the other, are left alone from the second on', async (t) => {
  const supervisor = new FakeSupervisor([0]);
  const grown = { pid: process.pid, bytesWhenReady: 2 ** 20 };
  supervisor.renew(0, grown);
  supervisor.outcome = () => {
    supervisor.renew(0, grown);
    return Promise.resolve(true);
  };
  const { tick, told } = start(t, supervisor, { maxMemoryBytes: 30 * 2 ** 20 });
  await tick(30_000);
  assert.equal(supervisor.asked.length, 1);
  assert.deepEqual(
    (told as [string, string?][]).map(([reason, message]) => [reason, message?.slice(0, 30)]),
    [
      ['maxMemory', undefined],
      ['maxMemory', 'A new worker of slot 0 already'],
    ],
  );
});

test('when a later worker is within the limit, all is as at the beginning', async (t) => {
  const supervisor = new FakeSupervisor([7_000]);
  const { tick, told } = start(t, supervisor);
  await tick(2_000);
  assert.equal(told.length, 1);
  supervisor.renew(0, { ageMs: 0 });
  await tick(7_000);
  supervisor.renew(0, { ageMs: 7_000 });
  await tick(2_000);
  assert.equal(told.length, 2, 'it is told again');
  await tick(57_000);
  assert.deepEqual(supervisor.asked, []);
  await tick(3_000);
  assert.equal(supervisor.asked.length, 1, 'and left alone for a minute, not two');
});
