import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedPerSecond } from '#core/cli/sample.js';
import { slotRows, type SlotRow } from '#core/cli/slot-row.js';
import type { WorkerState } from '#core/metrics/snapshot.js';
import type { WorkerStatus } from '#core/status.js';
import { histogram, primary, sample, worker } from '../made-up.js';

/** The only slot, half a second after it was what `before` says. */
function rowAfter(before: Partial<WorkerStatus>, now: Partial<WorkerStatus>): SlotRow {
  const [row] = slotRows(
    sample(primary([worker(0, now)]), 2_500),
    sample(primary([worker(0, before)]), 2_000),
  );
  assert.ok(row);
  return row;
}

test('a slot has one row, of the worker that is the nearest to serving', () => {
  const orders: [WorkerState, WorkerState][] = [
    ['ready', 'starting'],
    ['ready', 'draining'],
    ['draining', 'starting'],
    ['starting', 'crashed'],
    ['crashed', 'stopped'],
  ];
  for (const [first, second] of orders) {
    for (const states of [
      [first, second],
      [second, first],
    ] as const) {
      const workers = states.map((state, index) => worker(0, { state, generation: index + 1 }));
      const rows = slotRows(sample(primary(workers)));
      assert.deepEqual(
        rows.map(({ worker, others }) => [worker.state, others.map(({ state }) => state)]),
        [[first, [second]]],
      );
    }
  }
});

test('rows are in the order of the slots', () => {
  const rows = slotRows(sample(primary([worker(10), worker(2), worker(0)])));
  assert.deepEqual(
    rows.map(({ slot }) => slot),
    [0, 2, 10],
  );
});

test('connections are counted over all workers of a slot, whoever accepted them', () => {
  const row = rowAfter(
    { handoffs: 100, ownAccepted: 20, pid: 1 },
    { handoffs: 150, ownAccepted: 30, pid: 2 },
  );
  assert.equal(row.taken, 180);
  assert.equal(row.takenPerSecond, 120);
});

test('the event loop is busy while it does not wait', () => {
  assert.equal(rowAfter({ ageMs: 1_000, idleMs: 800 }, { ageMs: 1_500, idleMs: 925 }).loopUtilization, 0.75);
  assert.equal(rowAfter({ ageMs: 1_000, idleMs: 800 }, { ageMs: 1_500, idleMs: 1_301 }).loopUtilization, 0);
  assert.equal(rowAfter({ pid: 1, ageMs: 1_000 }, { pid: 2, ageMs: 1_500 }).loopUtilization, undefined);
  assert.equal(rowAfter({ ageMs: 1_000 }, { ageMs: 1_000 }).loopUtilization, undefined);
  const ended = rowAfter({ ageMs: 1_000 }, { ageMs: 1_200, state: 'crashed' });
  assert.equal(ended.loopUtilization, undefined);
});

test('the latency is that of the last handoffs; without any, that of all', () => {
  const before = { latency: histogram({ 2: 9 }) };
  const busy = rowAfter(before, { latency: histogram({ 2: 9, 5: 1 }) });
  assert.deepEqual(busy.latency, histogram({ 5: 1 }));
  assert.equal(busy.latencyIsRecent, true);
  const quiet = rowAfter(before, before);
  assert.deepEqual(quiet.latency, histogram({ 2: 9 }));
  assert.equal(quiet.latencyIsRecent, false);
});

test('a primary that was started again, and a slot that is new, have no rate yet', () => {
  const before = sample(primary([worker(0, { handoffs: 100 })]), 1_000);
  const again = primary([worker(0, { handoffs: 900 })], { startedAt: 2_000_000 });
  const [row] = slotRows(sample(again, 2_000), before);
  assert.equal(row?.takenPerSecond, undefined);
  assert.equal(row?.loopUtilization, undefined);
  assert.equal(row?.latencyIsRecent, false);
  const [, added] = slotRows(sample(primary([worker(0), worker(1)]), 2_000), before);
  assert.equal(added?.takenPerSecond, undefined);
  assert.equal(rowAfter({ handoffs: 100 }, { handoffs: 10 }).takenPerSecond, undefined);
});

test('what all listeners accepted in a second', () => {
  const listeners = (
    one: number,
    two: number,
  ): { listener: string; accepted: number; waiting: number; queued: number }[] =>
    [one, two].map((accepted) => ({ listener: 'x', accepted, waiting: 0, queued: 0 }));
  const before = sample(primary([], { listeners: listeners(10, 20) }), 1_000);
  const now = sample(primary([], { listeners: listeners(30, 24) }), 3_000);
  assert.equal(acceptedPerSecond(before, now), 12);
  assert.equal(acceptedPerSecond(undefined, now), undefined);
});
