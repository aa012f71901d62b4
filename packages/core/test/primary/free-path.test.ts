import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { loadNative } from '#core/addon/load.js';
import type { Native, NativeSocket } from '#core/native.js';
import { bindPath } from '#core/primary/bind-path.js';
import { ownRights } from '#core/primary/file-rights.js';
import { freePath } from '#core/primary/free-path.js';
import { pathQuery } from './path-query.js';

const native = loadNative();

function temporaryFile(t: TestContext, name = 'app.sock'): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return path.join(directory, name);
}

async function listen(t: TestContext, file: string): Promise<void> {
  const server = net.createServer().listen(file);
  t.after(() => server.close());
  await once(server, 'listening');
}

/** What a process leaves that is killed. */
function leaveBehind(file: string): void {
  const socket = native.bindUnix(file) as NativeSocket;
  assert.equal(socket.listen(1), 0);
  socket.close();
}

test('a socket that nobody listens on is removed, and so is none', (t) => {
  const file = temporaryFile(t);
  leaveBehind(file);
  assert.equal(freePath(native, file), true);
  assert.ok(!existsSync(file));
  assert.equal(freePath(native, file), true);
});

test('what somebody listens on stays, and what is no socket', async (t) => {
  const file = temporaryFile(t);
  const [folder, plain, link] = ['folder', 'plain', 'link'].map((name) =>
    path.join(path.dirname(file), name),
  );
  assert.ok(folder && plain && link);
  await listen(t, file);
  mkdirSync(folder);
  writeFileSync(plain, '');
  const dead = `${file}.dead`;
  leaveBehind(dead);
  symlinkSync(dead, link);
  const before = readdirSync(path.dirname(file));
  for (const one of [file, folder, plain, link]) {
    assert.equal(freePath(native, one), false, one);
    const result = bindPath(native, pathQuery(one), 1, ownRights);
    assert.equal(result, constants.errno.EADDRINUSE, one);
  }
  assert.deepEqual(readdirSync(path.dirname(file)), before);
});

test('who has come to listen there while it was looked at is reached as before', async (t) => {
  const file = temporaryFile(t);
  leaveBehind(file);
  await listen(t, `${file}.next`);
  const late: Native = {
    ...native,
    connectUnix(found) {
      const answer = native.connectUnix(found);
      unlinkSync(file);
      renameSync(`${file}.next`, file);
      return answer;
    },
  };
  assert.equal(freePath(late, file), true);
  assert.equal(native.connectUnix(file), 0);
  assert.equal(freePath(native, file), false);
  assert.deepEqual(readdirSync(path.dirname(file)), ['app.sock']);
});

test('a path leads to a socket only when that listens', (t) => {
  const file = temporaryFile(t);
  const watching: Native = {
    ...native,
    bindUnix(bound) {
      const socket = native.bindUnix(bound);
      assert.ok(typeof socket !== 'number');
      const listen = socket.listen.bind(socket);
      const value = (backlog: number): number => {
        assert.ok(!existsSync(file));
        return listen(backlog);
      };
      return Object.defineProperty(socket, 'listen', { value });
    },
  };
  const bound = bindPath(watching, pathQuery(file), 1, ownRights);
  assert.ok(typeof bound !== 'number');
  assert.equal(native.connectUnix(file), 0);
  bound.file.remove();
  bound.socket.close();
  assert.deepEqual(readdirSync(path.dirname(file)), []);
});

test('a name may be as long as a socket of its directory can have it', (t) => {
  const file = temporaryFile(t, path.join('x'.repeat(100), 'ä'.repeat(44)));
  mkdirSync(path.dirname(file));
  const bound = bindPath(native, pathQuery(file), 1, ownRights);
  assert.ok(typeof bound !== 'number');
  bound.socket.close();
  assert.ok(existsSync(file));
  bound.file.remove();
  bound.file.remove();
  assert.ok(!existsSync(file));
});
