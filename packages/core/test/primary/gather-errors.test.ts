import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatherErrors } from '#core/primary/gather-errors.js';

test('failures are counted by slot, and each message is told once, of whichever worker it is', () => {
  const warnings: string[] = [];
  const errors = new GatherErrors((message) => warnings.push(message));
  const failure = { metric: 'queue', message: 'Error: no\n\u001b[31mdatabase' };
  errors.onFailed(0, 2, [failure, { ...failure, metric: 'pool' }]);
  errors.onFailed(1, 1, [failure]);
  errors.onFailed(0, 1, [failure]);
  assert.deepEqual([errors.count(0), errors.count(1), errors.count(2)], [3, 1, 0]);
  assert.equal(warnings.length, 2);
  assert.match(
    warnings[0] ?? '',
    /^Worker 0 cannot read the app's metric "queue": Error: no database\. Until it can/,
  );
});

test('of messages that are others all the time there is an end', () => {
  const warnings: string[] = [];
  const errors = new GatherErrors((message) => warnings.push(message));
  for (let at = 0; at < 1_000; at++) errors.onFailed(0, 1, [{ metric: 'queue', message: `Error: ${at}` }]);
  assert.equal(errors.count(0), 1_000);
  assert.equal(warnings.length, 100);
  assert.match(warnings.at(-1) ?? '', /No more messages of this kind are shown\.$/);
});
