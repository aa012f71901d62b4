// Unix paths: apps that remove theirs before they listen, what killed processes leave, and what others have put there.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { ask, askMany, withClients, type Answer } from './client.js';
import { exits, handoffs, pidOf } from './draining.js';
import { app, isAlive, startCommand, startPrimary, temporaryDirectory, until } from './harness.js';

function pathIn(t: TestContext): { socketPath: string; env: NodeJS.ProcessEnv } {
  const socketPath = path.join(temporaryDirectory(t), 'app.sock');
  return { socketPath, env: { ...process.env, SOCKET_PATH: socketPath } };
}

async function start(t: TestContext, options: PrimaryOptions): Promise<Primary> {
  return startPrimary(t, { workers: 2, probationMs: 0, ...options });
}

/** What a process listens on that is killed then. */
async function leaveBehind(socketPath: string): Promise<void> {
  const code = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => console.log())`;
  const left = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(left.stdout, 'data');
  left.kill('SIGKILL');
  await once(left, 'exit');
  assert.ok(existsSync(socketPath));
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: clients reach an app that removes its path first, all the time`, async (t) => {
    const { socketPath, env } = pathIn(t);
    await leaveBehind(socketPath);
    const options = { app: app('unlinks-and-listens.cjs'), env, handoff, workers: 6, reloadConcurrency: 6 };
    const primary = await start(t, options);
    const ended = exits(primary);
    const slots = new Set<number>();
    const client = async (isDone: () => boolean): Promise<void> => {
      while (!isDone()) slots.add((await ask({ socketPath })).slot);
    };
    await withClients(8, client, async () => {
      for (let i = 0; i < 2; i++) await primary.reload();
      await primary.scale(8);
      await until(() => slots.size === 8, 'each slot answers');
    });
    const { restarts } = primary.snapshot().workers[0]!;
    process.kill(pidOf(primary), 'SIGKILL');
    const isBack = (): boolean => {
      const [first] = primary.snapshot().workers;
      return first?.state === 'ready' && first.restarts > restarts;
    };
    await until(isBack, 'its slot has another');
    await askMany(20, 4, () => ask({ socketPath }));
    assert.equal(ended.size, 13);
    const killed = [...ended.values()].filter(({ code }) => code !== 0);
    assert.deepEqual(
      killed.map(({ signal }) => signal),
      ['SIGKILL'],
      'no other has failed',
    );
    assert.equal(statSync(socketPath).mode & 0o777, 0o666);
    assert.deepEqual(readdirSync(path.dirname(socketPath)), ['app.sock']);
    assert.equal(primary.addresses.length, 1);
  });

  test(`handoff of ${handoff}: the mode and the owner of the path stay, also where it has to be made anew`, async (t) => {
    const { socketPath, env } = pathIn(t);
    const primary = await start(t, { app: app('http-unix.cjs'), env, handoff });
    const [uid, gid] = process.getuid?.() === 0 ? [12, 34] : [process.getuid!(), process.getgid!()];
    chmodSync(socketPath, 0o640);
    chownSync(socketPath, uid, gid);
    for (const before of [() => {}, () => rmSync(socketPath)]) {
      before();
      await primary.reload();
      await askMany(20, 4, () => ask({ socketPath }));
      const { mode, ...now } = statSync(socketPath);
      assert.deepEqual([mode & 0o7777, now.uid, now.gid], [0o640, uid, gid]);
    }
  });

  test(`handoff of ${handoff}: what a killed primary has left does not keep the next from starting`, async (t) => {
    const { socketPath, env } = pathIn(t);
    const args = ['--no-metrics', '-w', '2', '--handoff', handoff, app('http-unix.cjs')];
    const killed = startCommand(t, args, { env });
    const [, pids = ''] = await killed.seen(/workers +2 \(pid ([\d, ]+)\)/);
    killed.process.kill('SIGKILL');
    await killed.exited;
    await until(() => !pids.split(', ').map(Number).some(isAlive), 'its workers have ended');
    assert.ok(existsSync(socketPath));
    const next = startCommand(t, args, { env });
    await next.seen(/workers +2/);
    await ask({ socketPath });
    next.process.kill('SIGTERM');
    assert.equal((await next.exited).code, 0);
    assert.deepEqual(readdirSync(path.dirname(socketPath)), []);
  });

  test(`handoff of ${handoff}: of two primaries that start at once where a path was left, one listens`, async (t) => {
    const { socketPath, env } = pathIn(t);
    await leaveBehind(socketPath);
    const args = ['--no-metrics', '-w', '2', '--handoff', handoff, app('http-unix.cjs')];
    const both = [1, 2].map(() => startCommand(t, args, { env }));
    const loser = await Promise.race(both.map(async (command) => (await command.exited, command)));
    assert.match(loser.stderr, /EADDRINUSE.*app\.sock/);
    const winner = both.find((command) => command !== loser);
    await winner?.seen(/workers +2/);
    await askMany(20, 4, () => ask({ socketPath }));
    assert.deepEqual(readdirSync(path.dirname(socketPath)), ['app.sock']);
  });
}

test('the path of the primary stays, by whatever function the app removes it', async (t) => {
  const { socketPath, env } = pathIn(t);
  await start(t, { app: app('removes-its-path.cjs'), env });
  const remove = async (by: string, file: string): Promise<string | undefined> => {
    const query = new URLSearchParams({ by, path: file }).toString();
    return ((await ask({ socketPath, path: `/?${query}` })) as Answer & { code?: string }).code;
  };
  const other = path.join(path.dirname(socketPath), 'other.sock');
  const plain = path.join(path.dirname(socketPath), 'plain');
  const { ino } = statSync(socketPath);
  for (const by of ['unlinkSync', 'unlink', 'promises.unlink', 'rmSync', 'rm', 'promises.rm']) {
    assert.equal(await remove(by, socketPath), undefined, by);
    assert.equal(statSync(socketPath).ino, ino, by);
    writeFileSync(plain, '');
    const server = net.createServer().listen(other);
    await once(server, 'listening');
    for (const file of [plain, other]) {
      assert.equal(await remove(by, file), undefined, by);
      assert.ok(!existsSync(file), "what is not the primary's is removed");
      assert.equal(await remove(by, file), 'ENOENT', by);
    }
    server.close();
  }
});
