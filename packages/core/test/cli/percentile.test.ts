import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedSince, formatPercentile } from '#core/cli/percentile.js';
import { histogram } from '../made-up.js';

test('a percentile is the upper bound of its bucket', () => {
  const latency = histogram({ 0: 50, 3: 49, 9: 1 });
  assert.equal(formatPercentile(latency, 50), '10µs');
  assert.equal(formatPercentile(latency, 51), '80µs');
  assert.equal(formatPercentile(latency, 99), '80µs');
  assert.equal(formatPercentile(latency, 100), '5.1ms');
});

test('one of a few is the next whole one', () => {
  assert.equal(formatPercentile(histogram({ 0: 1, 1: 1, 2: 1 }), 50), '20µs');
  assert.equal(formatPercentile(histogram({ 4: 1 }), 99), '160µs');
});

test('the last bucket has no upper bound', () => {
  assert.equal(formatPercentile(histogram({ 15: 1 }), 50), '328ms');
  assert.equal(formatPercentile(histogram({ 16: 1 }), 50), '>328ms');
});

test('of nothing there is none', () => {
  assert.equal(formatPercentile(histogram({}), 50), '–');
});

test('what was counted between two moments', () => {
  const before = histogram({ 0: 5, 1: 7 });
  assert.deepEqual(countedSince(before, histogram({ 0: 5, 1: 9, 4: 1 })), histogram({ 1: 2, 4: 1 }));
  assert.equal(countedSince(before, before), undefined);
  assert.equal(countedSince(before, histogram({ 0: 4, 1: 9 })), undefined);
});
