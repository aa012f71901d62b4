import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedPerSecond } from '#core/cli/sample.js';
import { slotRows, type SlotRow } from '#core/cli/slot-row.js';
import type { WorkerState } from '#core/metrics/snapshot.js';
import type { WorkerStatus } from '#core/status.js';
import { histogram, http, primary, sample, worker } from '../made-up.js';

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

test('a worker on probation is never the one of the row, however ready it is', () => {
  for (const state of ['ready', 'draining', 'starting', 'crashed'] as const) {
    const next = worker(0, { generation: 2, probationLeftMs: 4_000 });
    const [row] = slotRows(sample(primary([next, worker(0, { state })])));
    assert.equal(row?.worker.state, state);
    assert.equal(row.worker.generation, 1);
    assert.deepEqual(row.others, [next]);
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
  assert.equal(row.recent.takenPerSecond, 120);
});

test('the event loop is busy while it does not wait', () => {
  assert.equal(
    rowAfter({ ageMs: 1_000, idleMs: 800 }, { ageMs: 1_500, idleMs: 925 }).recent.loopUtilization,
    0.75,
  );
  assert.equal(
    rowAfter({ ageMs: 1_000, idleMs: 800 }, { ageMs: 1_500, idleMs: 1_301 }).recent.loopUtilization,
    0,
  );
  assert.equal(
    rowAfter({ pid: 1, ageMs: 1_000 }, { pid: 2, ageMs: 1_500 }).recent.loopUtilization,
    undefined,
  );
  assert.equal(rowAfter({ ageMs: 1_000 }, { ageMs: 1_000 }).recent.loopUtilization, undefined);
  const ended = rowAfter({ ageMs: 1_000 }, { ageMs: 1_200, state: 'crashed' });
  assert.equal(ended.recent.loopUtilization, undefined);
});

test('the latency is that of the last handoffs', () => {
  const before = { latency: histogram({ 2: 9 }) };
  const busy = rowAfter(before, { latency: histogram({ 2: 9, 5: 1 }) });
  assert.deepEqual(busy.recent.handoffs, histogram({ 5: 1 }));
  assert.equal(rowAfter(before, before).recent.handoffs, undefined, 'there were none');
});

test('requests, those that went wrong, and how long they took, since the sample before', () => {
  const before = { http: http({ 2: 100 }, { failed: 5, aborted: 1 }) };
  const after = { http: http({ 2: 100, 4: 50 }, { failed: 9, aborted: 3, lost: 1 }), pid: 2 };
  const { recent } = rowAfter(before, after);
  assert.equal(recent.requestsPerSecond, 100);
  assert.equal(recent.errorsPerSecond, 10);
  assert.deepEqual(recent.durations?.counts, http({ 4: 50 }).duration.counts);
  const quiet = rowAfter(before, before).recent;
  assert.deepEqual([quiet.requestsPerSecond, quiet.errorsPerSecond, quiet.durations], [0, 0, undefined]);
});

test('where requests are not counted, and on the first look, there is no rate of them', () => {
  const none = { requestsPerSecond: undefined, errorsPerSecond: undefined, durations: undefined };
  const [first] = slotRows(sample(primary([worker(0, { http: http({ 2: 100 }) })])));
  for (const recent of [rowAfter({}, {}).recent, first?.recent]) {
    const { requestsPerSecond, errorsPerSecond, durations } = recent ?? {};
    assert.deepEqual({ requestsPerSecond, errorsPerSecond, durations }, none);
  }
});

test('a primary that was started again, and a slot that is new, have no rate yet', () => {
  const before = sample(primary([worker(0, { handoffs: 100 })]), 1_000);
  const again = primary([worker(0, { handoffs: 900 })], { startedAt: 2_000_000 });
  const [row] = slotRows(sample(again, 2_000), before);
  assert.equal(row?.recent.takenPerSecond, undefined);
  assert.equal(row?.recent.loopUtilization, undefined);
  assert.equal(row?.recent.handoffs, undefined);
  const [, added] = slotRows(sample(primary([worker(0), worker(1)]), 2_000), before);
  assert.equal(added?.recent.takenPerSecond, undefined);
  assert.equal(rowAfter({ handoffs: 100 }, { handoffs: 10 }).recent.takenPerSecond, undefined);
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
