import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Deferred } from '#core/primary/deferred.js';
import { Turns } from '#core/primary/turns.js';

test('what is asked for waits until all before it has ended', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const ends = [new Deferred(), new Deferred(), new Deferred()];
  const taken = ends.map((end, i) =>
    turns.take(async () => {
      seen.push(`${i} begins`);
      await end.promise;
      seen.push(`${i} ends`);
      return i;
    }),
  );
  // The later ones could end at once.
  for (const end of ends.slice(1)) end.resolve();
  await setImmediate();
  assert.deepEqual(seen, ['0 begins']);
  ends[0]?.resolve();
  assert.deepEqual(await Promise.all(taken), [0, 1, 2]);
  assert.deepEqual(seen, ['0 begins', '0 ends', '1 begins', '1 ends', '2 begins', '2 ends']);
});

test('one that fails tells who asked for it, and the next has its turn', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('failed')));
  assert.equal(await turns.take(() => Promise.resolve('next')), 'next');
  await assert.rejects(failing, /^Error: failed$/);
});
