import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { SharedAnswers } from '#core/http/shared-answers.js';
import { Deferred } from '#core/primary/deferred.js';

test('who asks for the same in one turn of the event loop, or while it is made, shares the answer', async () => {
  const answers = new SharedAnswers<number>();
  const made = new Deferred();
  let count = 0;
  const make = async (): Promise<number> => {
    count += 1;
    await made.promise;
    return count;
  };
  const first = answers.get('a', make);
  await turn();
  const second = answers.get('a', make);
  assert.equal(await answers.get('b', () => 7), 7);
  made.resolve();
  assert.deepEqual(await Promise.all([first, second, answers.get('a', make)]), [1, 1, 1]);
  await turn();
  assert.equal(await answers.get('a', make), 2);
});

test('what fails is shared too, and tried anew then', async () => {
  const answers = new SharedAnswers<number>();
  const fail = (): number => {
    throw new Error('no memory');
  };
  const both = await Promise.allSettled([answers.get('a', fail), answers.get('a', () => 1)]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await turn();
  assert.equal(await answers.get('a', () => 1), 1);
});
