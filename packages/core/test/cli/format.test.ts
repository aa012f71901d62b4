import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatLatency,
  formatRate,
  formatShare,
} from '#core/cli/format.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

function check<Value>(format: (value: Value) => string, expected: [Value, string][]): void {
  for (const [value, text] of expected) assert.equal(format(value), text);
}

test('a duration has one unit and is rounded down', () => {
  check(formatDuration, [
    [0, '0ms'],
    [350.9, '350ms'],
    [999.9, '999ms'],
    [1_000, '1s'],
    [12_999, '12s'],
    [minute - 1, '59s'],
    [4 * minute, '4m'],
    [hour - 1, '59m'],
    [3 * hour, '3h'],
    [day - 1, '23h'],
    [2 * day, '2d'],
    [400 * day, '400d'],
  ]);
});

test('a duration that clocks make negative is none', () => {
  assert.equal(formatDuration(-5), '0ms');
});

test('an age has four characters at most', () => {
  check(formatAge, [
    [350, '<1s'],
    [1_000, '1s'],
    [59 * minute, '59m'],
  ]);
});

test('bytes have four characters at most', () => {
  check(formatBytes, [
    [0, '0B'],
    [999, '999B'],
    [1_023, '1.0K'],
    [1_024, '1.0K'],
    [48 * 1_048_576, '48M'],
    [9.9 * 1_048_576, '9.9M'],
    [9.96 * 1_048_576, '10M'],
    [1_023 * 1_048_576, '1.0G'],
    [1.2 * 2 ** 30, '1.2G'],
    [3 * 2 ** 40, '3.0T'],
  ]);
});

test('handoff times go from microseconds to seconds', () => {
  check(formatLatency, [
    [10_000, '10µs'],
    [120_000, '120µs'],
    [640_000, '640µs'],
    [1_280_000, '1.3ms'],
    [3_400_000, '3.4ms'],
    [20_480_000, '20ms'],
    [327_680_000, '328ms'],
    [1_500_000_000, '1.5s'],
  ]);
});

test('a count has all its digits while there is room for them', () => {
  check(formatCount, [
    [0, '0'],
    [99_999, '99999'],
    [100_000, '100k'],
    [123_456, '123k'],
    [999_499, '999k'],
    [999_500, '1.0M'],
    [12_345_678, '12M'],
  ]);
  assert.equal(formatCount(99_999_999, 8), '99999999');
  assert.equal(formatCount(100_000_000, 8), '100M');
});

test('a rate has a decimal where it is small', () => {
  check(formatRate, [
    [0, '0'],
    [0.52, '0.5'],
    [9.94, '9.9'],
    [9.96, '10'],
    [1_199.6, '1200'],
    [99_999.4, '99999'],
    [99_999.6, '100k'],
  ]);
});

test('a share is in whole percent', () => {
  check(formatShare, [
    [0, '0%'],
    [0.344, '34%'],
    [1, '100%'],
  ]);
});
