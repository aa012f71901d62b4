import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { worker } from '@baton/core/worker';
import { sharedWorker } from '#core/worker/shared-worker.js';

/** As the preload has it. */
function becomeWorker(t: TestContext): ReturnType<typeof sharedWorker> {
  const shared = sharedWorker();
  shared.isWorker = true;
  t.after(() => (shared.isWorker = false));
  return shared;
}

test('tasks are done once no connection is left, but for those that were taken back', async (t) => {
  const shared = becomeWorker(t);
  const done: string[] = [];
  const takeBack = [
    worker.whenDrained(async () => {
      await new Promise(setImmediate);
      done.push('waited for');
    }),
    worker.whenDrained(() => done.push('at once')),
  ];
  worker.whenDrained(() => done.push('taken back'))();
  await shared.runTasks();
  assert.deepEqual(done, ['at once', 'waited for']);
  assert.equal(shared.hasTasks, true);
  for (const back of takeBack) back();
  assert.equal(shared.hasTasks, false);
});

test('a task that fails is told as a warning, and the others are done', async (t) => {
  const shared = becomeWorker(t);
  let isDone = false;
  const warned = once(process, 'warning') as Promise<[Error]>;
  t.after(
    worker.whenDrained(() => {
      throw new Error('the pool is gone');
    }),
  );
  t.after(worker.whenDrained(async () => void (isDone = true)));
  await shared.runTasks();
  const [{ name, message }] = await warned;
  assert.equal(name, 'BatonWarning');
  assert.match(message, /^A task of whenDrained\(\) has failed: Error: the pool is gone/);
  assert.equal(isDone, true);
});

test('without Baton no task is ever to be done, nor kept', () => {
  worker.whenDrained(() => {});
  assert.equal(sharedWorker().hasTasks, false);
  assert.equal(worker.adminUrl, undefined);
});

test('what is no task', () => {
  assert.throws(() => worker.whenDrained(undefined as unknown as () => void), TypeError);
});
