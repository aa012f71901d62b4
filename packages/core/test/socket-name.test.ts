import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveOptions } from '#core/options.js';
import { namesFor } from '#core/socket-name.js';

test("after the name itself comes the app file's, then numbers", () => {
  assert.deepEqual(namesFor('shop', 'bin/admin.js').slice(0, 4), [
    'shop',
    'shop-admin',
    'shop-admin-2',
    'shop-admin-3',
  ]);
  assert.deepEqual(namesFor('shop', './server.prod').slice(0, 2), ['shop', 'shop-server']);
});

test('an app file without a usable name gives numbers alone', () => {
  assert.deepEqual(namesFor('shop', 'ä.mjs').slice(0, 3), ['shop', 'shop-2', 'shop-3']);
});

test('they are some hundred, and all are different, and names that a primary can have', () => {
  for (const names of [namesFor('n'.repeat(64), `${'a'.repeat(100)}.js`), namesFor('-', ' .js')]) {
    assert.ok(names.length >= 100);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.equal(resolveOptions({ app: 'app.js', name }).name, name);
  }
});
