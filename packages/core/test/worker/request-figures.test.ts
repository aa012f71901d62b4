import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestFigures } from '#core/worker/request-figures.js';

/** Of native/src/request_counts.h. */
const places = 29;

function made(): { figures: RequestFigures; values: Float64Array } {
  const memory = new ArrayBuffer(places * 8);
  return { figures: new RequestFigures(memory), values: new Float64Array(memory) };
}

test('each figure has its place', (t) => {
  const { figures, values } = made();
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  const begunAt = figures.begin();
  now += 3;
  figures.answer(404, begunAt);
  figures.abort(2);
  figures.upgrade();
  figures.reject();
  assert.deepEqual([...values.subarray(0, 9)], [1, 2, 1, 1, 3, 0, 0, 1, 0]);
  // 3 ms: above 0.25, 0.5, 1 and 2, and up to 4.
  assert.deepEqual([...values.subarray(9, 15)], [0, 0, 0, 0, 1, 0]);
});

test('classes of statuses: what is beyond is in the next', () => {
  const { figures, values } = made();
  for (const status of [101, 200, 299, 300, 499, 500, 599, 600, 999]) figures.answer(status, 0);
  assert.deepEqual([...values.subarray(5, 9)], [3, 1, 1, 4]);
});

test('a bucket has what is up to its bound, and the last all that is slower', (t) => {
  const bounds = Array.from({ length: 19 }, (_, index) => 0.25 * 2 ** index);
  const bucketOf = (tookMs: number): number => {
    const { figures, values } = made();
    t.mock.method(performance, 'now', () => tookMs);
    figures.answer(200, 0);
    return values.subarray(9).indexOf(1);
  };
  assert.equal(bucketOf(0), 0);
  for (const [index, bound] of bounds.entries()) {
    assert.equal(bucketOf(bound), index, `${bound} ms`);
    assert.equal(bucketOf(bound * 1.001), index + 1, `above ${bound} ms`);
  }
  assert.equal(bucketOf(86_400_000), 19);
  assert.equal(bucketOf(1e12), 19);
});
