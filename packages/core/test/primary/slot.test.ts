import assert from 'node:assert/strict';
import { mock, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { WorkerState } from '#core/metrics/snapshot.js';
import { resolveOptions } from '#core/options.js';
import { Conditions } from '#core/primary/conditions.js';
import { Deferred } from '#core/primary/deferred.js';
import type { Listener } from '#core/primary/listener-table.js';
import type { Version } from '#core/primary/release.js';
import { Slot, type SlotRecord } from '#core/primary/slot.js';
import type { WorkerHandle } from '#core/primary/worker-handle.js';
import type { WorkerPool } from '#core/primary/worker-pool.js';

const readyTimeoutMs = 1_000;
const probationMs = 500;
const reload = { reason: 'reload', allowDroppedListeners: false } as const;

/** A worker whose doings the test decides. */
class FakeWorker {
  readonly slot = 0;
  readonly pid = 4_242;
  state: WorkerState = 'starting';
  wasReady = false;
  failure: string | undefined;
  exit: { code: number | null; signal: string | null } | undefined;
  ageMs = 0;
  isAdmitted = false;
  readonly release = { options: { waitReady: false } };
  readonly killedBy: string[] = [];
  /** Whether its event loop turns, so that it answers. */
  isTurning = true;
  hasAnswered = true;
  readonly #conditions = new Conditions();
  readonly #exited = new Deferred();
  readonly exited = this.#exited.promise;
  readonly generation: number;

  constructor(generation: number) {
    this.generation = generation;
  }

  get hasExited(): boolean {
    return this.state === 'crashed' || this.state === 'stopped';
  }

  moveTo(state: WorkerState): void {
    this.state = state;
    this.wasReady ||= state === 'ready';
    this.look();
  }

  look(): void {
    this.#conditions.look();
  }

  until(holds: () => boolean): Promise<void> {
    return this.#conditions.until(() => !['starting', 'ready'].includes(this.state) || holds());
  }

  probe(): Promise<void> {
    this.hasAnswered = this.isTurning;
    return this.until(() => this.hasAnswered);
  }

  end(state: 'crashed' | 'stopped' = 'crashed'): void {
    this.exit = { code: 1, signal: null };
    this.moveTo(state);
    this.#exited.resolve();
  }

  admit(): void {
    this.isAdmitted = true;
  }

  kill(signal: string): void {
    this.killedBy.push(signal);
    this.end();
  }

  info(): object {
    return { generation: this.generation, state: this.state };
  }
}

function version(generation: number): Version {
  return { generation } as Version;
}

class FakePool {
  readonly workers: FakeWorker[] = [];
  readonly drained: FakeWorker[] = [];
  /** How many starts fail from now on. */
  failures = 0;

  start(_slot: number, { generation }: Version): FakeWorker {
    if (this.failures-- > 0) throw new Error('no processes left');
    const worker = new FakeWorker(generation);
    this.workers.push(worker);
    return worker;
  }

  drain(worker: FakeWorker): void {
    if (worker.hasExited) return;
    this.drained.push(worker);
    worker.moveTo('draining');
  }
}

const publicPort = { id: 1, label: '127.0.0.1:80', isStream: true } as Listener;
const healthPort = { id: 2, label: '127.0.0.1:81', isStream: true } as Listener;

/** What workers serve, by their generation, and what is expected of the next one. */
class FakeListeners {
  expected: Listener[] = [];
  readonly served = new Map<unknown, Listener[]>();

  expectedOf(): Listener[] {
    return this.expected;
  }

  servedBy(worker: object): Listener[] {
    return this.served.get(worker) ?? [];
  }
}

interface Made {
  slot: Slot;
  listeners: FakeListeners;
  pool: FakePool;
  record: SlotRecord;
  told: string[];
  /** The worker of that number, from 0, ends by itself. */
  crash: (number: number) => boolean;
}

/** A slot with a worker that is ready. Timers are the test's. */
function make(t: TestContext): Made {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const pool = new FakePool();
  const told: string[] = [];
  const record: SlotRecord = {
    restarts: { crash: 0, reload: 0, maxMemory: 0, maxAge: 0, signal: 0 },
    cutOff: 0,
  };
  const options = resolveOptions({ app: 'app.js', workers: 1, readyTimeoutMs, probationMs });
  const listeners = new FakeListeners();
  const releases = { after: (worker: Version) => worker, available: (version: Version) => version };
  const slot = new Slot(0, record, pool as unknown as WorkerPool, listeners, options, releases, {
    onFailedStart: (_slot, { generation }, error) => told.push(`${generation}: ${error.message}`),
    onReplaced: () => {},
    onSettled: () => told.push('settled'),
  });
  slot.start(version(1));
  pool.workers[0]?.moveTo('ready');
  const crash = (number: number): boolean => {
    const worker = pool.workers[number]!;
    worker.end();
    return slot.onExit(worker as unknown as WorkerHandle);
  };
  return { slot, listeners, pool, record, told, crash };
}

async function tick(ms: number): Promise<void> {
  await setImmediate();
  mock.timers.tick(ms);
  await setImmediate();
}

test('the old worker is drained when the new one has lived through its probation, not before', async (t) => {
  const { slot, pool, record, told } = make(t);
  const replaced = slot.replace(version(2), reload);
  const [before, next] = pool.workers;
  next?.moveTo('ready');
  await tick(probationMs - 1);
  assert.deepEqual([next?.isAdmitted, pool.drained, told], [false, [], []]);
  await tick(1);
  assert.deepEqual([next?.isAdmitted, pool.drained, told], [true, [before], ['settled']]);
  assert.deepEqual(
    slot.workers().map((worker) => worker.generation),
    [1, 2],
    'both are there until the old one has ended',
  );
  before?.end('stopped');
  await replaced;
  assert.equal(record.restarts.reload, 1);
});

test('one that is not ready in time is killed, and the old one stays', async (t) => {
  const { slot, pool, record, told } = make(t);
  const replaced = assert.rejects(slot.replace(version(2), reload), {
    code: 'BATON_WORKER_FAILED',
    message: `The new worker 0 (pid 4242) was not ready within ${readyTimeoutMs} ms: it does not listen.`,
  });
  await tick(readyTimeoutMs - 1);
  assert.deepEqual(pool.workers[1]?.killedBy, []);
  await tick(1);
  await replaced;
  assert.deepEqual(pool.workers[1]?.killedBy, ['SIGKILL']);
  assert.deepEqual([pool.drained, told, record.restarts.reload], [[], [], 0]);
  assert.deepEqual(slot.describe(), [{ generation: 1, state: 'ready' }]);
});

/** The new worker of a reload, with what has become of it so far. */
function replaceAndSee(
  { slot, pool }: Made,
  how: Parameters<Slot['replace']>[1] = reload,
): {
  next: FakeWorker;
  outcome: () => string;
} {
  let outcome = 'under way';
  slot.replace(version(2), how).then(
    () => (outcome = 'replaced'),
    (error: Error) => (outcome = error.message),
  );
  return { next: pool.workers.at(-1)!, outcome: () => outcome };
}

test('the probation begins when all that the old worker serves is served, however long after the first', async (t) => {
  const made = make(t);
  const { listeners, pool } = made;
  listeners.expected = [healthPort, publicPort];
  const { next } = replaceAndSee(made);
  next.moveTo('ready');
  listeners.served.set(next, [healthPort]);
  await tick(readyTimeoutMs - 1);
  assert.equal(next.isAdmitted, false);
  listeners.served.set(next, [healthPort, publicPort]);
  next.look();
  await tick(probationMs - 1);
  assert.deepEqual([next.isAdmitted, pool.drained.length], [false, 0]);
  await tick(1);
  assert.deepEqual([next.isAdmitted, pool.drained.length], [true, 1]);
});

test('one that does not serve all of that in time is killed, and the error names what it lacks', async (t) => {
  const made = make(t);
  made.listeners.expected = [healthPort, publicPort];
  const { next, outcome } = replaceAndSee(made);
  next.moveTo('ready');
  made.listeners.served.set(next, [healthPort]);
  await tick(readyTimeoutMs);
  assert.deepEqual([next.killedBy, made.pool.drained], [['SIGKILL'], []]);
  assert.match(
    outcome(),
    /^The new worker 0 \(pid 4242\) did not listen on 127\.0\.0\.1:80 within 1000 ms, as the old worker does\. .*--allow-dropped-listeners/,
  );
});

test('where dropped listeners are allowed, nothing is waited for but that it is ready', async (t) => {
  const made = make(t);
  made.listeners.expected = [publicPort];
  const { next } = replaceAndSee(made, { ...reload, allowDroppedListeners: true });
  next.moveTo('ready');
  await tick(probationMs);
  assert.equal(next.isAdmitted, true);
});

test('a recycle waits for what the old worker serves, and goes on without it', async (t) => {
  const made = make(t);
  made.listeners.expected = [publicPort];
  const { next } = replaceAndSee(made, { reason: 'maxAge', allowDroppedListeners: false });
  next.moveTo('ready');
  await tick(readyTimeoutMs - 1);
  await tick(1);
  await tick(probationMs - 1);
  assert.equal(next.isAdmitted, false);
  await tick(1);
  assert.deepEqual([next.isAdmitted, made.pool.drained.length], [true, 1]);
});

test('what the old worker has closed meanwhile is not waited for', async (t) => {
  const made = make(t);
  made.listeners.expected = [publicPort];
  const { next } = replaceAndSee(made);
  next.moveTo('ready');
  await tick(readyTimeoutMs - 1);
  made.listeners.expected = [];
  next.look();
  await tick(probationMs);
  assert.equal(next.isAdmitted, true);
});

test('one that closes in its probation what it must serve is killed; what the old one opens meanwhile is not missed', async (t) => {
  const made = make(t);
  made.listeners.expected = [publicPort];
  const { next, outcome } = replaceAndSee(made);
  made.listeners.served.set(next, [publicPort]);
  next.moveTo('ready');
  await tick(1);
  made.listeners.expected = [publicPort, healthPort];
  made.listeners.served.set(next, []);
  await tick(probationMs - 1);
  assert.deepEqual(next.killedBy, ['SIGKILL']);
  assert.match(outcome(), / stopped listening on 127\.0\.0\.1:80 during its probation of 500 ms\. /);
});

test('one whose event loop stands still after its probation is killed when it has not answered in time', async (t) => {
  const made = make(t);
  const { next, outcome } = replaceAndSee(made);
  next.moveTo('ready');
  next.isTurning = false;
  await tick(probationMs);
  await tick(readyTimeoutMs - 1);
  assert.deepEqual([next.isAdmitted, next.killedBy], [false, []]);
  await tick(1);
  assert.deepEqual(next.killedBy, ['SIGKILL']);
  assert.match(outcome(), / is blocked: its event loop has not turned for 1000 ms after its probation/);
});

test('one that is not ready since its event loop is blocked is said to be so', async (t) => {
  const made = make(t);
  const { next, outcome } = replaceAndSee(made);
  next.isTurning = false;
  await tick(readyTimeoutMs);
  await tick(1_000);
  assert.deepEqual(next.killedBy, ['SIGKILL']);
  assert.match(outcome(), / was not ready within 1000 ms: its event loop is blocked\.$/);
});

test('a new worker that ends is no crash of the slot', async (t) => {
  const { slot, pool, record, crash } = make(t);
  const replaced = assert.rejects(slot.replace(version(2), reload), /ended with code 1 before it was ready/);
  assert.equal(crash(1), false);
  await replaced;
  await tick(60_000);
  assert.deepEqual([pool.workers.length, record.restarts.crash], [2, 0]);
});

test('one that crashed is not started again once it is replaced', async (t) => {
  const { slot, pool, record, told, crash } = make(t);
  for (const [number, pauseMs] of [0, 100, 200, 400].entries()) {
    crash(number);
    await tick(Math.max(pauseMs, 1));
  }
  crash(4); // its pause is longer than the probation
  const replaced = slot.replace(version(2), reload);
  pool.workers[5]?.moveTo('ready');
  await tick(probationMs);
  await replaced;
  await tick(60_000);
  assert.deepEqual([pool.workers.length, slot.current?.generation], [6, 2]);
  assert.deepEqual([pool.drained, told], [[], ['settled']]);
  assert.deepEqual([record.restarts.crash, record.restarts.reload], [4, 1]);
});

test('one that crashes while another is to take its place is started again, and replaced', async (t) => {
  const { slot, pool, crash } = make(t);
  const replaced = slot.replace(version(2), reload);
  assert.equal(crash(0), true);
  await tick(1);
  const [, next, again] = pool.workers;
  next?.moveTo('ready');
  await tick(probationMs);
  assert.deepEqual([pool.drained, slot.current?.generation], [[again], 2]);
  again?.end('stopped');
  await replaced;
});

test('a start that fails is told, and tried again with backoff', async (t) => {
  const { pool, record, told, crash } = make(t);
  pool.failures = 3;
  assert.equal(crash(0), true);
  await tick(1);
  assert.deepEqual(told, ['1: no processes left']);
  await tick(100);
  await tick(200);
  assert.equal(told.length, 3);
  await tick(399);
  assert.equal(pool.workers.length, 1);
  await tick(1);
  assert.equal(pool.workers.length, 2);
  assert.equal(record.restarts.crash, 1, 'once, however often it was tried');
});

test('nothing is started again after close()', async (t) => {
  const { slot, pool, crash } = make(t);
  crash(0);
  slot.close();
  await tick(60_000);
  assert.equal(pool.workers.length, 1);
});

test('drain() of a slot whose worker has crashed ends at once, and tells that it has settled', async (t) => {
  const { slot, told, crash } = make(t);
  crash(0);
  const drained = slot.drain();
  assert.deepEqual(told, ['settled']);
  assert.equal(slot.current?.state, 'crashed');
  // Its `exited` has settled: so does this.
  await drained;
});
