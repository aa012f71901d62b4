import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './fixtures.js';
import { readHolder } from '#core/control/holder.js';
import { NameLock } from '#core/control/name-lock.js';
import { socketPath } from '#core/control/name.js';
import { loadNative } from '#core/addon/load.js';

const native = loadNative();
const holder = { pid: process.pid, app: 'app.js', directory: '/srv/api' };

test('a name has one holder, whose pid the next is told', (t) => {
  const directory = temporaryDirectory(t);
  const first = new NameLock(native, directory, 'api', holder);
  assert.throws(() => new NameLock(native, directory, 'api', holder), {
    code: 'BATON_NAME_TAKEN',
    message: new RegExp(
      `"api" is already used by the primary with pid ${process.pid}, which runs app.js in /srv/api\\..*--name`,
    ),
  });
  const other = new NameLock(native, directory, 'api.2', holder);
  first.close();
  new NameLock(native, directory, 'api', holder).close();
  other.close();
});

test('what a holder that was killed has left is taken over, and goes with the name', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'api.sock');
  writeFileSync(file, '');
  writeFileSync(path.join(directory, 'api.lock'), '999999999\n');
  const lock = new NameLock(native, directory, 'api', holder);
  assert.ok(!existsSync(file));
  assert.deepEqual(readHolder(path.join(directory, 'api.lock')), holder);
  lock.close();
  assert.deepEqual(readdirSync(directory), []);
});

test('a name without a lock file is free, and the lock file of another stays', (t) => {
  const directory = temporaryDirectory(t);
  const file = path.join(directory, 'api.lock');
  const first = new NameLock(native, directory, 'api', holder);
  // As what clears /tmp by age would.
  unlinkSync(file);
  const second = new NameLock(native, directory, 'api', { ...holder, pid: 7 });
  first.close();
  assert.equal(readHolder(file)?.pid, 7);
  assert.throws(() => new NameLock(native, directory, 'api', holder), { code: 'BATON_NAME_TAKEN' });
  second.close();
});

test('the first of several names that is free is taken', (t) => {
  const directory = temporaryDirectory(t);
  const take = (names: readonly string[]): NameLock => NameLock.takeOneOf(native, directory, names, holder);
  const names = ['shop', 'shop-admin', 'shop-admin-2'];
  const locks = names.map(() => take(names));
  assert.deepEqual(
    locks.map(({ name }) => name),
    names,
  );
  assert.throws(() => take(names), { code: 'BATON_NAME_TAKEN', message: /"shop" is already used/ });
  locks[1]?.close();
  const again = take(names);
  assert.equal(again.name, 'shop-admin');
  for (const lock of [...locks, again]) lock.close();
  mkdirSync(path.join(directory, 'till.sock'));
  assert.throws(() => take(['till', 'shop']), { code: 'BATON_CONTROL_DIRECTORY' });
});

test('a lock file that is not written tells of nobody', (t) => {
  const file = path.join(temporaryDirectory(t), 'api.lock');
  for (const text of ['', '{"pid":7', '7', 'null', '{"pid":7,"app":"app.js"}']) {
    writeFileSync(file, text);
    assert.equal(readHolder(file), undefined, text);
  }
});

test('closed, it touches nothing any more', (t) => {
  const directory = temporaryDirectory(t);
  const first = new NameLock(native, directory, 'api', holder);
  first.close();
  const second = new NameLock(native, directory, 'api', holder);
  writeFileSync(second.socketPath, '');
  first.close();
  assert.ok(existsSync(second.socketPath));
  second.close();
  assert.ok(!existsSync(second.socketPath));
});

test('a link for a lock file is refused, and what is no socket file keeps nobody out', (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync('/dev/null', path.join(directory, 'api.lock'));
  assert.throws(() => new NameLock(native, directory, 'api', holder), { code: 'BATON_CONTROL_UNTRUSTED' });
  mkdirSync(path.join(directory, 'web.sock'));
  for (let attempt = 0; attempt < 2; attempt++) {
    assert.throws(() => new NameLock(native, directory, 'web', holder), { code: 'BATON_CONTROL_DIRECTORY' });
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
    message: /has 108 bytes; the limit is 107.*--name/,
  });
  assert.throws(() => socketPath(`/${'ä'.repeat(50)}`, 'xxx'), { code: 'BATON_CONTROL_PATH' });
});
