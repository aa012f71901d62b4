import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatonError } from '#core/errors.js';
import { nameWorker } from '#core/worker-name.js';

test('a worker has its slot, and its pid where there is one', () => {
  assert.deepEqual([nameWorker(0, 77), nameWorker(3, undefined)], ['worker 0 (pid 77)', 'worker 3']);
});

test('an error of a worker that could not be started tells no pid', () => {
  const { message } = new BatonError('BATON_WORKER_FAILED', [
    0,
    undefined,
    'could not be started: spawn EAGAIN',
    undefined,
    undefined,
  ]);
  assert.equal(message, 'The new worker 0 could not be started: spawn EAGAIN.');
});
