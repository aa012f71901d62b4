import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerStates, type WorkerState } from '#core/metrics/snapshot.js';
import { moveWorker } from '#core/primary/worker-state.js';

const legal = new Set([
  'starting → ready',
  'starting → draining',
  'starting → crashed',
  'ready → draining',
  'ready → crashed',
  'draining → stopped',
  'draining → crashed',
]);

test('legal moves are made, all others are errors', () => {
  for (const from of workerStates) {
    for (const to of workerStates) {
      const move = (): WorkerState => moveWorker('Worker 0', from, to);
      if (legal.has(`${from} → ${to}`)) assert.equal(move(), to);
      else
        assert.throws(move, {
          code: 'BATON_ILLEGAL_STATE',
          message: `Worker 0 cannot go from ${from} to ${to}.`,
        });
    }
  }
});
