import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeReadiness, type Readiness } from '#core/metrics/readiness.js';
import type { WorkerState } from '#core/metrics/snapshot.js';

/** Of a worker for each state and time, in slots of their own. */
function readiness(
  workers: [state: WorkerState, stalledForMs: number][],
  stalledTimeoutMs = 5_000,
): Readiness {
  return describeReadiness(
    {
      workers: workers.map(([state], id) => ({
        id,
        slot: id,
        generation: 1,
        directory: '/srv/shop',
        pid: 1,
        state,
        restarts: 0,
      })),
      targets: workers.map(([, ms], id) => ({
        id,
        connections: 0,
        requests: 0,
        idleNs: 0,
        stalledForNs: ms * 1e6,
      })),
    },
    { minReady: 1, stalledTimeoutMs },
  );
}

test('ready as long as one event loop turns', () => {
  assert.equal(
    readiness([
      ['ready', 5_000],
      ['ready', 60_000],
    ]).isReady,
    true,
  );
  assert.equal(
    readiness([
      ['ready', 0],
      ['ready', 60_000],
    ]).isReady,
    true,
  );
  assert.deepEqual(
    readiness([
      ['ready', 5_001],
      ['ready', 60_000],
    ]),
    {
      isReady: false,
      text: 'ready: 2, needed: 1\nall are stalled: no event loop has turned for 5.0 s, longer than --stalled-timeout 5000ms\n',
    },
  );
});

test('workers that are not ready do not count, however fast their event loops turn', () => {
  assert.equal(
    readiness([
      ['ready', 9_000],
      ['starting', 0],
      ['draining', 0],
    ]).isReady,
    false,
  );
  assert.deepEqual(readiness([['starting', 0]]), { isReady: false, text: 'ready: 0, needed: 1\n' });
});

test('0 is no limit', () => {
  assert.equal(readiness([['ready', 1e9]], 0).isReady, true);
});
