import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './fixtures.js';
import { NameLock } from '#core/control/name-lock.js';
import { socketPath } from '#core/control/name.js';
import { loadNative } from '#core/native.js';

const native = loadNative();

test('a name has one holder, whose pid the next is told', (t) => {
  const directory = temporaryDirectory(t);
  const first = new NameLock(native, directory, 'api');
  assert.throws(() => new NameLock(native, directory, 'api'), {
    code: 'BATON_NAME_TAKEN',
    message: new RegExp(`"api" is taken by the primary with pid ${process.pid}\\..*--name`),
  });
  const other = new NameLock(native, directory, 'api.2');
  first.close();
  new NameLock(native, directory, 'api').close();
  other.close();
});

test('the socket of a holder that was killed is removed, its lock file is not', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'api.sock');
  writeFileSync(file, '');
  writeFileSync(path.join(directory, 'api.lock'), '999999999\n');
  const lock = new NameLock(native, directory, 'api');
  assert.ok(!existsSync(file));
  assert.equal(readFileSync(path.join(directory, 'api.lock'), 'utf8'), `${process.pid}\n`);
  lock.close();
  assert.ok(existsSync(path.join(directory, 'api.lock')));
});

test('closed, it touches nothing any more', (t) => {
  const directory = temporaryDirectory(t);
  const first = new NameLock(native, directory, 'api');
  first.close();
  const second = new NameLock(native, directory, 'api');
  writeFileSync(second.socketPath, '');
  first.close();
  assert.ok(existsSync(second.socketPath));
  second.close();
  assert.ok(!existsSync(second.socketPath));
});

test('a link for a lock file is refused, and what is no socket file keeps nobody out', (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync('/dev/null', path.join(directory, 'api.lock'));
  assert.throws(() => new NameLock(native, directory, 'api'), { code: 'BATON_CONTROL_UNTRUSTED' });
  mkdirSync(path.join(directory, 'web.sock'));
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.throws(() => new NameLock(native, directory, 'web'), { code: 'BATON_CONTROL_DIRECTORY' });
  }
});

test('a name is one that a file can have', () => {
  for (const name of ['api', 'API.v2', '0', 'a_b-c', 'x'.repeat(64)])
    assert.equal(socketPath('/d', name), `/d/${name}.sock`);
  for (const name of ['', '.', '..', '.x', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(65)]) {
    assert.throws(() => socketPath('/d', name), { code: 'BATON_INVALID_OPTION' }, name);
  }
});

test('a path that no socket can have is refused', () => {
  const directory = `/${'d'.repeat(97)}`;
  assert.equal(socketPath(directory, 'xxx').length, 107);
  assert.throws(() => socketPath(directory, 'xxxx'), {
    code: 'BATON_CONTROL_PATH',
    message: /has 108 bytes; 107 is the most.*--name/,
  });
  assert.throws(() => socketPath(`/${'ä'.repeat(50)}`, 'xxx'), { code: 'BATON_CONTROL_PATH' });
});
