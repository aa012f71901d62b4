// Primaries that are ended, and those that are killed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ask } from './client.js';
import { app, isAlive, startCommand, startPrimary, temporaryDirectory, until } from './harness.js';

const host = '127.0.0.1';

test('stop() ends workers that stand still at SIGTERM at the deadline', async (t) => {
  const primary = await startPrimary(t, { app: app('blocks-at-term.cjs'), workers: 2, stopTimeoutMs: 300 });
  const pids = primary.snapshot().workers.map(({ pid }) => pid!);
  await primary.stop();
  assert.deepEqual(pids.filter(isAlive), []);
  assert.deepEqual(
    primary.snapshot().workers.map(({ state }) => state),
    ['stopped', 'stopped'],
  );
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} stops the command and all it started, with exit code 0`, async (t) => {
    const command = startCommand(t, ['-w', '2', '--no-metrics', app('http.cjs')]);
    const [, pids = ''] = await command.seen(/workers +2 \(pid ([\d, ]+)\)/);
    command.process.kill(signal);
    assert.deepEqual(await command.exited, { code: 0, signal: null });
    assert.deepEqual(pids.split(', ').map(Number).filter(isAlive), []);
  });
}

test('a second signal of a supervisor leaves the workers their time; the same one twice is one', async (t) => {
  const args = ['-w', '1', '--no-metrics', '--stop-timeout', '1500ms', '--stop-delay', '0'];
  const command = startCommand(t, [...args, app('ignores-term.cjs')]);
  await command.seen(/workers +1 /);
  command.process.kill('SIGTERM');
  command.process.kill('SIGTERM');
  await command.seen(/TERM ignored/, 'stdout');
  const again = setInterval(() => command.process.kill('SIGTERM'), 1);
  t.after(() => clearInterval(again));
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  const lines = command.stderr.match(/SIGTERM.*/g);
  // The workers end by process.exit() at the end of that time; where processor time is short, by the third.
  assert.deepEqual(lines?.slice(0, 2), [
    'SIGTERM: stopping the workers',
    'SIGTERM again: the workers still have 1 s (--stop-timeout)',
  ]);
});

test('the command ends when the workers have, even if nobody reads what it says', async (t) => {
  const command = startCommand(t, ['-w', '2', '--no-metrics', app('writes-much.cjs')]);
  const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
  command.process.stderr?.pause();
  await ask({ port, host });
  command.process.kill('SIGTERM');
  await once(command.process, 'exit');
  assert.equal(command.process.exitCode, 0);
  command.process.stderr?.resume();
});

test('workers end by themselves when the primary is killed, after the requests they have', async (t) => {
  const command = startCommand(t, ['-w', '2', '--no-metrics', app('slow.cjs')]);
  const [, port = '', pids = ''] = await command.seen(
    /listening +127\.0\.0\.1:(\d+)[^]*workers +2 \(pid ([\d, ]+)\)/,
  );
  const answer = ask({ port, host, path: '/slow' });
  await command.seen(/asked/, 'stdout');
  command.process.kill('SIGKILL');
  assert.equal((await answer).path, '/slow');
  await until(() => !pids.split(', ').map(Number).some(isAlive), 'no worker is left', 15_000);
});

test('stop() removes a Unix path from the directory in which it was made, wherever that is now', async (t) => {
  const folder = path.join(temporaryDirectory(t), 'folder');
  mkdirSync(folder);
  const env = { ...process.env, SOCKET_PATH: path.join(folder, 'app.sock') };
  const primary = await startPrimary(t, { app: app('http-unix.cjs'), workers: 1, env });
  renameSync(folder, `${folder}-moved`);
  writeFileSync(folder, 'a file');
  await primary.stop();
  assert.deepEqual(readdirSync(`${folder}-moved`), []);
});
