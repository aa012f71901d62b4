// The signals that drive a primary, sent to all that share its process group, as a terminal does.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { app, isAlive, startCommand, type Command } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import { VersionedApp, type VersionOf } from './version.js';

const host = '127.0.0.1';

interface Started {
  versioned: VersionedApp;
  command: Command;
  send: (signal: NodeJS.Signals) => void;
}

function start(
  t: TestContext,
  workers: number,
  version: VersionOf = {},
  args: readonly string[] = ['--probation', '50ms'],
): Started {
  const versioned = new VersionedApp(t, version);
  const command = startCommand(
    t,
    ['-w', String(workers), '--no-metrics', ...args, app('hears-signals.cjs')],
    { env: versioned.env, prefix: ['setsid'] },
  );
  return { versioned, command, send: (signal) => process.kill(-command.pid, signal) };
}

function pidsOf({ stderr }: Command): number[] {
  const [, pids = ''] = /workers +\d+ \(pid ([\d, ]+)\)/.exec(stderr) ?? [];
  return pids.split(', ').map(Number);
}

test('HUP reloads, and no client notices', async (t) => {
  const { command, send } = start(t, 2);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
  const seen = await keepAskingWhile({ host, port }, 16, async () => {
    send('SIGHUP');
    await command.seen(/^baton: SIGHUP: reloading$/m);
    await command.seen(/^baton: reloading to generation 2\nbaton: reloaded in \d+\.\d s$/m);
  });
  assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
  assert.deepEqual(pidsOf(command).filter(isAlive), []);
  assert.doesNotMatch(command.stdout, /the app got/);
});

test('HUP with a release that fails says why, and the app goes on', async (t) => {
  const { versioned, command, send } = start(t, 1);
  await command.seen(/stop it with/);
  versioned.release({ fault: 'throws' });
  send('SIGHUP');
  await command.seen(
    /^baton: The reload failed: 0 of 1 workers .* ended with code 1 before it was ready\.\nError: cannot load its settings$/m,
  );
  assert.ok(pidsOf(command).every(isAlive));
});

test('TTIN and TTOU start one worker more, and end one, but not the last one', async (t) => {
  const { command, send } = start(t, 1);
  await command.seen(/stop it with/);
  send('SIGTTIN');
  await command.seen(/^baton: SIGTTIN: adding one worker$[^]*^baton: SIGTTIN: scaled to 2 workers$/m);
  send('SIGTTOU');
  await command.seen(/^baton: SIGTTOU: removing one worker$[^]*^baton: SIGTTOU: scaled to 1 worker$/m);
  send('SIGTTOU');
  await command.seen(/^baton: The option workers must be a whole number from 1 .*; it is 0\.$/m);
  assert.ok(pidsOf(command).every(isAlive));
  assert.equal(command.stdout, 'loaded\nloaded\n');
});

test('USR2 says that it does nothing, and does nothing', async (t) => {
  const { command, send } = start(t, 1);
  await command.seen(/stop it with/);
  send('SIGUSR2');
  await command.seen(/^baton: SIGUSR2: ignored, since this version cannot hand over to a new primary$/m);
  // What is answered after it was done before, if anything was.
  send('SIGTTIN');
  await command.seen(/scaled to 2 workers/);
  assert.ok(pidsOf(command).every(isAlive));
  assert.equal(command.stdout, 'loaded\nloaded\n');
});

test('HUP while the app boots does nothing, and says so', async (t) => {
  const { command, send } = start(t, 1, { fault: 'never listens' });
  await command.seen(/loaded/, 'stdout');
  send('SIGHUP');
  await command.seen(/^baton: SIGHUP: ignored, since the app has not started$/m);
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  assert.equal(command.stdout, 'loaded\n');
});

test('TERM during a reload ends all, with exit code 0', async (t) => {
  const { versioned, command, send } = start(t, 2);
  await command.seen(/stop it with/);
  versioned.release({ fault: 'never listens' });
  send('SIGHUP');
  await command.seen(/(loaded\n){3}/, 'stdout');
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  assert.deepEqual(pidsOf(command).filter(isAlive), []);
  assert.match(
    command.stderr,
    /SIGHUP: reloading\nbaton: reloading to generation 2\nbaton: SIGTERM: stopping the workers\n$/,
  );
});
