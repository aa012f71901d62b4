import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { defaultName } from '#core/config/default-name.js';
import { resolveOptions } from '#core/options.js';
import { directoryWith } from './directory.js';

test('the name of the nearest package', (t) => {
  const cwd = directoryWith(t, {
    'package.json': '{"name": "outer"}',
    'inner/package.json': '{"name": "@acme/in ner"}',
    'inner/src/app.js': '',
    'other/app.js': '',
  });
  assert.equal(defaultName(cwd), 'outer');
  assert.equal(defaultName(path.join(cwd, 'other')), 'outer');
  assert.equal(defaultName(path.join(cwd, 'inner/src')), 'acme-in-ner');
});

test("a package without a usable name gives its directory's, from anywhere below", (t) => {
  const cwd = directoryWith(t, {
    'shop/package.json': '{"type": "module"}',
    'shop/src/app.js': '',
    'broken/package.json': '{',
    'marked/package.json': '\uFEFF{"name": "named"}',
    'dots/package.json': '{"name": "..."}',
  });
  assert.equal(defaultName(path.join(cwd, 'shop/src')), 'shop');
  assert.equal(defaultName(path.join(cwd, 'broken')), 'broken');
  assert.equal(
    defaultName(path.join(cwd, 'marked')),
    'named',
    'a byte order mark before JSON is none of its text',
  );
  assert.equal(defaultName(path.join(cwd, 'dots')), 'dots');
});

test('without a package, the name of the directory, if it has one', (t) => {
  const cwd = path.join(directoryWith(t, {}), `.${'x'.repeat(80)} ü`);
  mkdirSync(cwd);
  assert.equal(defaultName(cwd), 'x'.repeat(64));
  assert.equal(defaultName('/'), 'baton');
});

test('it is a name that a primary can have', (t) => {
  const names = ['@scope/app', '..a', '-', 'ü/ü', ' ', 'a'.repeat(200)];
  for (const name of names) {
    const cwd = directoryWith(t, { 'package.json': JSON.stringify({ name }) });
    const given = defaultName(cwd);
    assert.equal(resolveOptions({ app: 'app.js', name: given }).name, given, name);
  }
});
