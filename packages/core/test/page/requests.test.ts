import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFigures } from '#core/native-figures.js';
import { worker } from '../made-up.js';
import { allRequestsSince, History } from './page-modules.js';

const boundsNs = [250_000, 500_000];

function http(ok: number, errors: number, { aborted = 0, lost = 0 } = {}): HttpFigures {
  return {
    responses: { '2xx': ok, '3xx': 0, '4xx': 0, '5xx': errors },
    upgraded: 0,
    rejected: 0,
    aborted,
    lost,
    duration: { boundsNs, counts: [ok, errors, 0], sumNs: 0 },
  };
}

test('requests of two looks: once a slot, all that ended, and those that failed', () => {
  const before = [worker(0, { http: http(100, 1) }), worker(1, { http: http(50, 0) })];
  const now = [
    worker(0, { http: http(180, 4, { aborted: 2, lost: 1 }) }),
    worker(0, { id: 9, http: http(180, 4, { aborted: 2, lost: 1 }) }),
    worker(1, { http: http(60, 0) }),
  ];
  assert.deepEqual(allRequestsSince(before, now), {
    ended: 80 + 3 + 3 + 10,
    failures: 4,
    duration: { boundsNs, counts: [90, 3, 0] },
  });
});

test('a slot that comes, goes or counts anew takes nothing from the others', () => {
  const before = [worker(0, { http: http(100, 1) }), worker(1, { http: http(50, 0) })];
  const now = [worker(0, { http: http(110, 1) }), worker(2, { http: http(7, 7) })];
  assert.equal(allRequestsSince(before, now)?.ended, 10);
  assert.equal(allRequestsSince(before, [worker(0, { http: http(3, 0) })]), undefined);
  assert.equal(allRequestsSince([worker(0)], [worker(0)]), undefined);
});

const looked = (ended: number, failures: number): object => ({
  ended,
  failures,
  duration: { boundsNs, counts: [0, ended, 0] },
});

test('the last minute, and no more than the plot shows, is kept', () => {
  const history = new History();
  history.add(0, undefined, undefined);
  for (let second = 1; second <= 900; second += 1) history.add(second * 1_000, 1, looked(10, 1));
  assert.deepEqual(history.lastMinute(900_000), { ended: 600, failures: 60 });
  assert.ok(history.points.length <= 311, String(history.points.length));
  assert.equal(history.points.at(-1)?.rate, 10);
  assert.equal(history.points.at(-1)?.p99, 500_000);
});

test('while nothing was seen, no line is drawn', () => {
  const history = new History();
  history.add(1_000, 1, looked(10, 0));
  history.add(60_000, 59, looked(590, 0));
  assert.deepEqual(
    history.points.map(({ rate }) => rate),
    [10, undefined, 10],
  );
});
