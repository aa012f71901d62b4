import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '#core/config/nearest.js';

const known = ['app', 'workers', 'stallAfterMs', 'maxMemoryBytes', 'watchPaths', 'watch', 'import'];

test('a typo, another spelling, or the beginning of a word', () => {
  assert.equal(nearest('wokers', known), 'workers');
  assert.equal(nearest('worker', known), 'workers');
  assert.equal(nearest('stall-after', known), 'stallAfterMs');
  assert.equal(nearest('STALLAFTRMS', known), 'stallAfterMs');
  assert.equal(nearest('maxMemory', known), 'maxMemoryBytes');
  assert.equal(nearest('wathc', known), 'watch');
});

test('what is like none has no nearest', () => {
  for (const word of ['port', 'x', 'cluster', 'environment']) assert.equal(nearest(word, known), undefined);
});
