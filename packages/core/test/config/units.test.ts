import assert from 'node:assert/strict';
import { test } from 'node:test';
import { showSize, showTime, toBytes, toMs } from '#core/config/units.js';

test('times', () => {
  const times: [string, number | undefined][] = [
    ['0', 0],
    ['1500', 1_500],
    ['500ms', 500],
    ['10s', 10_000],
    ['30m', 1_800_000],
    ['12h', 43_200_000],
    ['', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1.5s', undefined],
    ['10 s', undefined],
    ['10S', undefined],
    ['1d', undefined],
    ['10sm', undefined],
    ['1constructor', undefined],
  ];
  for (const [text, ms] of times) assert.equal(toMs(text), ms, text);
});

test('sizes', () => {
  const sizes: [string, number | undefined][] = [
    ['1', 1],
    ['64K', 65_536],
    ['512M', 536_870_912],
    ['2G', 2_147_483_648],
    ['512m', undefined],
    ['512MB', undefined],
    ['1T', undefined],
    ['G', undefined],
  ];
  for (const [text, bytes] of sizes) assert.equal(toBytes(text), bytes, text);
});

test('they are shown in the largest unit that fits', () => {
  assert.deepEqual([0, 20, 1_500, 60_000, 90_000, 7_200_000, 0.5].map(showTime), [
    '0ms',
    '20ms',
    '1500ms',
    '1m',
    '90s',
    '2h',
    '0.5ms',
  ]);
  assert.deepEqual([1, 1_023, 1_024, 536_870_912, 2_147_483_648].map(showSize), [
    '1',
    '1023',
    '1K',
    '512M',
    '2G',
  ]);
});
