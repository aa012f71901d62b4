// With whose rights a path is bound, and what others put in its place meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { ListenQuery } from '#core/channel/messages.js';
import { loadNative } from '#core/addon/load.js';
import type { Native } from '#core/native.js';
import { bindPath } from '#core/primary/bind-path.js';
import { ownRights, programOf, rightsOf, type FileRights } from '#core/primary/file-rights.js';
import { pathQuery } from './path-query.js';

const native = loadNative();
const { EACCES, ESRCH } = constants.errno;
const nobody = 65_534;
const needsRoot = {
  skip: process.getuid?.() === 0 ? false : 'needs root, to have a process of another user',
};

/** A directory that all may write, with a file that its owner alone may read. */
function place(t: TestContext): { directory: string; file: string; secret: string } {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o777);
  const secret = path.join(directory, 'secret');
  writeFileSync(secret, 'secret', { mode: 0o600 });
  return { directory, file: path.join(directory, 'app.sock'), secret };
}

/** What others do between the bind and all that comes after it. */
function meanwhile(act: (bound: string) => void): Native {
  return {
    ...native,
    bindUnix(bound, mode) {
      const socket = native.bindUnix(bound, mode);
      act(bound);
      return socket;
    },
  };
}

async function rightsOfNobody(): Promise<FileRights> {
  const code = `process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody}); console.log(); process.stdin.resume()`;
  const other = spawn(process.execPath, ['-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(other, 'exit');
  const program = programOf(other.pid ?? 0);
  await once(other.stdout, 'data');
  const rights = rightsOf(native, { unreapedPid: other.pid, program });
  other.stdin.end();
  await ended;
  return rights;
}

test('a file that is put in the place of the new one keeps its mode', (t) => {
  const { directory, file, secret } = place(t);
  const everybody = pathQuery(file, { readableAll: true, writableAll: true });
  const before = bindPath(native, pathQuery(path.join(directory, 'before')), 1, ownRights);
  assert.ok(typeof before !== 'number');
  chmodSync(before.file.alias, 0o777);
  for (const swap of [symlinkSync, renameSync])
    for (const earlier of [undefined, { file: before.file, isThere: false }]) {
      writeFileSync(secret, '', { mode: 0o600 });
      const held = openSync(secret, 'r');
      const swapping = meanwhile((bound) => {
        unlinkSync(bound);
        swap(secret, bound);
      });
      assert.equal(bindPath(swapping, everybody, 1, ownRights, earlier), EACCES);
      assert.equal(fstatSync(held).mode & 0o777, 0o600);
      closeSync(held);
      assert.ok(!existsSync(file));
    }
  before.file.remove();
  before.socket.close();
});

test('a directory that is put in the place of the path gets nothing', (t) => {
  const { directory } = place(t);
  const [asked, moved, victim] = ['asked', 'moved', 'victim'].map((name) => path.join(directory, name));
  assert.ok(asked && moved && victim);
  mkdirSync(asked);
  mkdirSync(victim);
  const swapping = meanwhile(() => {
    renameSync(asked, moved);
    symlinkSync(victim, asked);
  });
  const bound = bindPath(
    swapping,
    pathQuery(path.join(asked, 'app.sock'), { writableAll: true }),
    1,
    ownRights,
  );
  assert.ok(typeof bound !== 'number');
  assert.deepEqual(readdirSync(victim), []);
  assert.deepEqual(readdirSync(moved), ['app.sock']);
  assert.equal(statSync(path.join(moved, 'app.sock')).mode & 0o1222, 0o222);
  writeFileSync(path.join(victim, 'app.sock'), '');
  bound.file.remove();
  bound.socket.close();
  assert.deepEqual(readdirSync(victim), ['app.sock']);
  assert.deepEqual(readdirSync(moved), []);
});

test('what the umask forbids is allowed where the app asks for it, and nothing else', (t) => {
  const { file } = place(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  const cases: [Partial<ListenQuery>, number][] = [
    [{}, 0o700],
    [{ readableAll: true }, 0o744],
    [{ writableAll: true }, 0o722],
    [{ readableAll: true, writableAll: true }, 0o766],
  ];
  for (const [permissions, mode] of cases) {
    const bound = bindPath(native, pathQuery(file, permissions), 1, ownRights);
    assert.ok(typeof bound !== 'number');
    assert.equal(statSync(file).mode & 0o7777, mode);
    bound.file.remove();
    bound.socket.close();
  }
});

test('nobody listens in the directory of the control sockets', (t) => {
  const { directory } = place(t);
  const { XDG_RUNTIME_DIR: before } = process.env;
  t.after(() => {
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
    else process.env['XDG_RUNTIME_DIR'] = before;
  });
  process.env['XDG_RUNTIME_DIR'] = directory;
  const control = path.join(directory, 'baton');
  mkdirSync(control);
  symlinkSync(control, path.join(directory, 'link'));
  for (const name of ['baton/api.sock', 'link/api.sock'])
    assert.equal(bindPath(native, pathQuery(path.join(directory, name)), 1, ownRights), EACCES);
  assert.deepEqual(readdirSync(control), []);
});

test('a path is bound, changed and removed with the rights of whoever asks', needsRoot, async (t) => {
  const { directory, file, secret } = place(t);
  const rights = await rightsOfNobody();
  const bound = bindPath(native, pathQuery(file, { writableAll: true }), 1, rights);
  assert.ok(typeof bound !== 'number');
  const { uid, gid, mode } = statSync(file);
  assert.deepEqual([uid, gid, mode & 0o222], [nobody, nobody, 0o222]);
  bound.socket.close();
  // What is not theirs to remove stays; then it is.
  chmodSync(directory, 0o755);
  const warned = once(process, 'warning');
  bound.file.remove();
  assert.match(String((await warned)[0]), /could not remove .*app\.sock: EACCES/);
  assert.ok(lstatSync(file).isSocket());
  for (const one of [file, secret, path.join(directory, 'new.sock')])
    assert.equal(bindPath(native, pathQuery(one), 1, rights), EACCES);
  assert.deepEqual(readdirSync(directory).toSorted(), ['app.sock', 'secret']);
  chmodSync(directory, 0o777);
  const again = bindPath(native, pathQuery(file), 1, rights);
  assert.ok(typeof again !== 'number');
  again.file.remove();
  again.socket.close();
  assert.deepEqual(readdirSync(directory), ['secret']);
});

test('an owner of before is not given by who may not', needsRoot, async (t) => {
  const { directory, file } = place(t);
  const before = bindPath(native, pathQuery(path.join(directory, 'before')), 1, ownRights);
  assert.ok(typeof before !== 'number');
  chownSync(before.file.alias, 12, 34);
  const warned = once(process, 'warning');
  const rights = await rightsOfNobody();
  const bound = bindPath(native, pathQuery(file), 1, rights, { file: before.file, isThere: false });
  assert.ok(typeof bound !== 'number');
  assert.match(String((await warned)[0]), /could not give .*app\.sock to user 12 and group 34/);
  assert.equal(statSync(file).uid, nobody);
  for (const { file: made, socket } of [before, bound]) {
    made.remove();
    socket.close();
  }
});

test('a process that has ended has no rights', () => {
  const program = programOf(process.pid);
  assert.throws(() => rightsOf(native, { unreapedPid: undefined, program }), { errno: -ESRCH });
  assert.equal(rightsOf(native, { unreapedPid: process.pid, program }), ownRights);
});

test('a process that runs another program than it was started as has no rights', needsRoot, async (t) => {
  const other = spawn('sh', ['-c', 'read line; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => other.stdin.end());
  const child = { unreapedPid: other.pid, program: programOf(other.pid ?? 0) };
  assert.equal(rightsOf(native, child), ownRights);
  other.stdin.write('go on\nnow it is cat\n');
  await once(other.stdout, 'data');
  assert.throws(() => rightsOf(native, child), { code: 'EPERM' });
  assert.throws(() => rightsOf(native, { ...child, program: undefined }), { code: 'EPERM' });
});

test('what fails with the rights of another is thrown, and the own ones are back', needsRoot, async (t) => {
  const { secret } = place(t);
  const rights = await rightsOfNobody();
  assert.throws(() => rights.run(() => assert.fail('from within')), /from within/);
  assert.throws(() => rights.run(() => chmodSync(secret, 0o644)), { code: 'EPERM' });
  chmodSync(secret, 0o640);
  assert.equal(
    rights.run(() => process.geteuid?.()),
    0,
    'no process of that user may send it signals',
  );
});
