import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Deferred } from '#core/primary/deferred.js';
import { rolling } from '#core/primary/rolling.js';

/** Work that ends when the test says so. */
class Work {
  readonly begun: number[] = [];
  readonly ends = new Map<number, Deferred>();

  readonly do = (item: number): Promise<void> => {
    this.begun.push(item);
    const end = new Deferred();
    this.ends.set(item, end);
    return end.promise;
  };

  async end(item: number, error?: Error): Promise<void> {
    if (error) this.ends.get(item)?.reject(error);
    else this.ends.get(item)?.resolve();
    await setImmediate();
  }
}

test('so many at a time, in their order, the next when one has ended', async () => {
  const work = new Work();
  const all = rolling([0, 1, 2, 3], 2, work.do);
  assert.deepEqual(work.begun, [0, 1]);
  await work.end(1);
  assert.deepEqual(work.begun, [0, 1, 2]);
  await work.end(0);
  assert.deepEqual(work.begun, [0, 1, 2, 3]);
  await work.end(3);
  await work.end(2);
  await all;
});

test('after a failure nothing is begun, and it is told when what is under way has ended', async () => {
  const work = new Work();
  const outcome: unknown[] = [];
  const all = rolling([0, 1, 2, 3], 2, work.do).catch((error: unknown) => outcome.push(error));
  const first = new Error('first');
  await work.end(1, first);
  assert.deepEqual([work.begun, outcome], [[0, 1], []]);
  await work.end(0, new Error('second'));
  await all;
  assert.deepEqual([work.begun, outcome], [[0, 1], [first]]);
});

test('with more lanes than items, and with none', async () => {
  const begun: number[] = [];
  const note = (item: number): Promise<void> => {
    begun.push(item);
    return Promise.resolve();
  };
  await rolling([0, 1], 1_024, note);
  await rolling([], 3, note);
  assert.deepEqual(begun, [0, 1]);
});
