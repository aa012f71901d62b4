import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from '#core/primary/backoff.js';

test('at once the first time, then after 100 ms, which doubles up to 30 s', () => {
  const backoff = new Backoff(5_000);
  const pauses = Array.from({ length: 12 }, () => backoff.onCrash(4_999));
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
  for (let i = 0; i < 2_000; i++) backoff.onCrash(0);
  assert.equal(backoff.onCrash(0), 30_000, 'however often');
});

test('a worker that lived for minUptimeMs is started again at once, and the pauses begin anew', () => {
  const backoff = new Backoff(5_000);
  assert.deepEqual(
    [0, 0, 0].map((age) => backoff.onCrash(age)),
    [0, 100, 200],
  );
  assert.deepEqual(
    [5_000, 0, 0, 0].map((age) => backoff.onCrash(age)),
    [0, 0, 100, 200],
  );
});

test('with a minUptimeMs of 0 there are no pauses', () => {
  const backoff = new Backoff(0);
  assert.deepEqual(
    [0, 0, 0].map((age) => backoff.onCrash(age)),
    [0, 0, 0],
  );
});
