import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneLine, printable } from '#core/printable.js';

// The bell comes first: behind a sequence, Node up to 22 takes it for the end of that, with the text in between.
const hostile = '\u0007\u001B[31mred\u001B[0m \u001B[2J\u009B1mthere\r\n\tback\rover\u0000\n';

test('a text from outside can neither move the cursor nor colour anything', () => {
  assert.equal(printable(hostile), ' red there\n\tback over \n');
});

test('as one line, it has no ends of lines either', () => {
  assert.equal(oneLine(hostile), 'red there back over');
  assert.equal(oneLine('one\r\ntwo\tthree'), 'one two three');
});
