import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BatonError, errorCodes } from '#core/errors.js';

test('an error carries its code, its text and its cause', () => {
  const cause = new Error('behind it');
  const error = new BatonError('BATON_INVALID_OPTION', ['workers', 'a number', 'x'], cause);
  assert.equal(error.message, 'The option workers must be a number; it is "x".');
  assert.deepEqual([error.name, error.code, error.cause], ['BatonError', 'BATON_INVALID_OPTION', cause]);
});

test('docs/errors.md has every code, and no other', () => {
  const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
  const documented = [...page.matchAll(/^## (BATON_\w+)$/gm)].map(([, code]) => code);
  assert.equal(documented.length, errorCodes.length);
  assert.deepEqual(new Set(documented), new Set(errorCodes));
});
