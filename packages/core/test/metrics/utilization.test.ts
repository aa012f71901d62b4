import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Utilization } from '#core/metrics/utilization.js';
import type { WorkerStatus } from '#core/status.js';
import { worker as anyWorker } from '../made-up.js';

function worker(of: Partial<WorkerStatus>): WorkerStatus {
  return anyWorker(0, { id: 1, ageMs: 1000, ...of });
}

test('utilization is of the time since it was asked for last, at first of the whole life', () => {
  const utilization = new Utilization();
  assert.deepEqual([...utilization.next([worker({ idleMs: 750 })])], [[0, 0.25]]);
  assert.deepEqual([...utilization.next([worker({ ageMs: 3000, idleMs: 1750 })])], [[0, 0.5]]);
});

test('a new worker of the slot has a utilization of its own', () => {
  const utilization = new Utilization();
  utilization.next([worker({ idleMs: 900 })]);
  const both = [
    worker({ state: 'draining', ageMs: 2000, idleMs: 900 }),
    worker({ id: 2, ageMs: 100, idleMs: 90 }),
  ];
  const [[slot, value] = []] = utilization.next(both);
  assert.equal(slot, 0);
  assert.ok(Math.abs((value ?? 0) - 0.1) < 1e-9);
});

test('it is between 0 and 1, whatever a worker says', () => {
  const utilization = new Utilization();
  assert.deepEqual([...utilization.next([worker({ idleMs: 5000 })])], [[0, 0]]);
  assert.deepEqual([...utilization.next([worker({ ageMs: 2000, idleMs: 0 })])], [[0, 1]]);
  assert.deepEqual([...utilization.next([worker({ ageMs: 2000, idleMs: 0 })])], []);
});
