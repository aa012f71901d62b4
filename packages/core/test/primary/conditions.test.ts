import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conditions } from '#core/primary/conditions.js';

test('what holds already is not waited for', async () => {
  await new Conditions().until(() => true);
});

test('each is told of once it holds at a look, and then no more', async () => {
  const conditions = new Conditions();
  let now = 0;
  const looks: number[] = [];
  const told: string[] = [];
  const first = conditions.until(() => (looks.push(now), now >= 1)).then(() => told.push('first'));
  const second = conditions.until(() => now >= 2).then(() => told.push('second'));
  now = 1;
  conditions.look();
  await first;
  assert.deepEqual(told, ['first']);
  now = 2;
  conditions.look();
  await second;
  assert.deepEqual(
    [told, looks],
    [
      ['first', 'second'],
      [0, 1],
    ],
  );
});
