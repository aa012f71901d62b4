import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './fixtures.js';
import { defaultName } from '#core/control/default-name.js';
import { checkName } from '#core/control/name.js';

test('the default name is that of the nearest package, as a name can be', (t) => {
  const directory = temporaryDirectory(t);
  const inner = path.join(directory, 'src/deep');
  mkdirSync(inner, { recursive: true });
  for (const [name, expected] of [
    ['api', 'api'],
    ['@acme/web-shop', 'acme-web-shop'],
    ['__x', 'x'],
    ['ä', 'app'],
    ['x'.repeat(200), 'x'.repeat(64)],
  ] as const) {
    writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name }));
    assert.equal(defaultName(inner), expected);
    assert.equal(checkName(expected), expected);
  }
  writeFileSync(path.join(directory, 'src/package.json'), '{"name":"nearer"}');
  assert.equal(defaultName(inner), 'nearer');
});

test('where no package has one, it is that of the directory', (t) => {
  const directory = path.join(temporaryDirectory(t), 'my shop');
  mkdirSync(directory);
  writeFileSync(path.join(directory, 'package.json'), '{"type":"module"}');
  assert.equal(defaultName(directory), 'my-shop');
  writeFileSync(path.join(directory, 'package.json'), '{');
  assert.equal(defaultName(directory), 'my-shop');
  assert.equal(defaultName('/'), 'app');
});
