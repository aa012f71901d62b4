import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, oneLine, wrap } from '#core/cli/text.js';

test('a text from outside can neither move the cursor nor colour anything', () => {
  assert.equal(oneLine('one\r\ntwo\tthree'), 'one two three');
  assert.equal(oneLine('\u001B[31mred\u001B[0m \u001B[2J\u0007\u009B1mthere\n'), 'red there');
});

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
