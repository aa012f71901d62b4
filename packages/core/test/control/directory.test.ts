import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './fixtures.js';
import { checkDirectory, controlDirectory, makeDirectory } from '#core/control/directory.js';

const isRoot = process.getuid?.() === 0;

test('the directory is below XDG_RUNTIME_DIR, else among temporary files, with the uid', () => {
  assert.equal(controlDirectory({ XDG_RUNTIME_DIR: '/run/user/7' }), '/run/user/7/baton');
  const other = path.join(os.tmpdir(), `baton-${process.getuid?.()}`);
  assert.equal(controlDirectory({}), other);
  assert.equal(controlDirectory({ XDG_RUNTIME_DIR: '' }), other);
  assert.equal(controlDirectory({ XDG_RUNTIME_DIR: 'run' }), other);
});

test('it is made for this user alone, whatever the umask, and taken as it is the next time', (t) => {
  const directory = path.join(temporaryDirectory(t), 'baton');
  assert.equal(checkDirectory(directory), false);
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  makeDirectory(directory);
  assert.equal(statSync(directory).mode & 0o7777, 0o700);
  makeDirectory(directory);
  assert.equal(checkDirectory(directory), true);
});

for (const mode of [0o777, 0o1777, 0o710, 0o704]) {
  test(`mode ${mode.toString(8)} is refused`, (t) => {
    const directory = path.join(temporaryDirectory(t), 'baton');
    mkdirSync(directory);
    chmodSync(directory, mode);
    const message = new RegExp(
      `${directory} is open to other users: its mode is 0?${mode.toString(8)}, .*--no-control`,
    );
    assert.throws(() => makeDirectory(directory), { code: 'BATON_CONTROL_UNTRUSTED', message });
    assert.throws(() => checkDirectory(directory), { code: 'BATON_CONTROL_UNTRUSTED' });
  });
}

test('a symbolic link is refused, even to a directory that would do', (t) => {
  const parent = temporaryDirectory(t);
  const directory = path.join(parent, 'baton');
  mkdirSync(path.join(parent, 'good'), { mode: 0o700 });
  symlinkSync(path.join(parent, 'good'), directory);
  assert.throws(() => makeDirectory(directory), {
    code: 'BATON_CONTROL_UNTRUSTED',
    message: /is a symbolic link/,
  });
});

test('a file is refused', (t) => {
  const directory = path.join(temporaryDirectory(t), 'baton');
  writeFileSync(directory, '');
  assert.throws(() => makeDirectory(directory), {
    code: 'BATON_CONTROL_UNTRUSTED',
    message: /not a directory/,
  });
});

test("another user's is refused", { skip: !isRoot && 'only root can give files away' }, (t) => {
  const directory = path.join(temporaryDirectory(t), 'baton');
  mkdirSync(directory, { mode: 0o700 });
  chownSync(directory, 65_534, 65_534);
  assert.throws(() => makeDirectory(directory), {
    code: 'BATON_CONTROL_UNTRUSTED',
    message: /belongs to uid 65534, but Baton runs as uid 0/,
  });
});

test('one that cannot be made is told apart', (t) => {
  const parent = path.join(temporaryDirectory(t), 'missing');
  assert.throws(() => makeDirectory(path.join(parent, 'baton')), {
    code: 'BATON_CONTROL_DIRECTORY',
    message: /missing\/baton cannot be created or written \(ENOENT\)/,
  });
});
