import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, wrap } from '#core/cli/text.js';

test('what is cut says so', () => {
  assert.equal(cut('abcdef', 6), 'abcdef');
  assert.equal(cut('abcdefg', 6), 'abcde…');
});

test('lines break between words, and long words anywhere', () => {
  assert.deepEqual(wrap('one two three', 7, 3), ['one two', 'three']);
  assert.deepEqual(wrap('onetwothree', 4, 3), ['onet', 'woth', 'ree']);
  assert.deepEqual(wrap('one two three four', 5, 2), ['one', 'two …']);
  assert.deepEqual(wrap('', 5, 2), ['']);
});
