// A signal that comes to workers as well as to the primary does what one to the primary alone does.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { suite, test, type TestContext } from 'node:test';
import { ask } from './client.js';
import { handoffs, notes } from './draining.js';
import { app, isAlive, startCommand, until, type Command } from './harness.js';

const host = '127.0.0.1';

interface Running {
  command: Command;
  port: string;
  workers: number[];
  heard: (pid: number) => string[];
}

/** An app that listens for these signals; its primary leads a process group. */
async function start(t: TestContext, hears: string, args: readonly string[] = []): Promise<Running> {
  const { env, of } = notes(t);
  const command = startCommand(t, ['-w', '2', '--no-metrics', ...args, app('hears-to-end.cjs')], {
    env: { ...env, HEARS: hears },
    prefix: ['setsid'],
  });
  const [, port = '', pids = ''] = await command.seen(
    /listening +127\.0\.0\.1:(\d+)[^]*workers +2 \(pid ([\d, ]+)\)[^]*stop it with/,
  );
  return { command, port, workers: pids.split(', ').map(Number), heard: of };
}

async function fourUnderWay({ command, port }: Running): Promise<Promise<unknown>> {
  const answers = Promise.all(Array.from({ length: 4 }, () => ask({ port, host })));
  answers.catch(() => {});
  await command.seen(/(asked\n){4}/, 'stdout');
  return answers;
}

type Send = (running: Running, signal: NodeJS.Signals) => void | Promise<void>;

const ways: Record<string, Send> = {
  'the primary': ({ command }, signal) => void process.kill(command.pid, signal),
  all: ({ command, workers }, signal) => {
    assert.deepEqual([command.pid, ...workers].filter(isAlive), [command.pid, ...workers], command.stderr);
    process.kill(command.pid, signal);
    // One that has nothing to do may have ended by now, as the primary told it.
    for (const pid of workers.filter(isAlive)) process.kill(pid, signal);
  },
  'the group': ({ command }, signal) => void process.kill(-command.pid, signal),
  'the workers just before the primary': async ({ command, workers }, signal) => {
    workers.forEach((pid) => process.kill(pid, signal));
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill(command.pid, signal);
  },
};

for (const handoff of handoffs) {
  void suite(`handoff of ${handoff}`, { concurrency: 4 }, () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      for (const [to, send] of Object.entries(ways)) {
        for (const hears of ['SIGTERM', 'SIGTERM SIGINT', '']) {
          test(`${signal} to ${to}, of an app that hears ${hears || 'none'}`, async (t) => {
            const running = await start(t, hears, ['--handoff', handoff]);
            const { command, workers, heard } = running;
            const answers = await fourUnderWay(running);
            await send(running, signal);
            assert.equal(((await answers) as unknown[]).length, 4);
            assert.deepEqual(await command.exited, { code: 0, signal: null });
            assert.deepEqual(workers.filter(isAlive), []);
            const expected = hears === '' ? [] : hears.includes(signal) ? [signal] : [hears];
            for (const pid of workers) assert.deepEqual(heard(pid), expected);
            assert.doesNotMatch(command.stderr, /told to end|SIGKILL/);
          });
        }
      }
    }
  });
}

test('more signals do not cut the requests off: platforms send several', async (t) => {
  const running = await start(t, '', ['--stop-timeout', '20s']);
  const { command } = running;
  const answers = await fourUnderWay(running);
  process.kill(command.pid, 'SIGTERM');
  await command.seen(/stopping the workers/);
  const again = setInterval(() => process.kill(command.pid, 'SIGTERM'), 50);
  t.after(() => clearInterval(again));
  assert.equal(((await answers) as unknown[]).length, 4);
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

for (const to of ['the primary', 'all', 'the group']) {
  test(`HUP to ${to} is a reload, and the app does not hear it`, async (t) => {
    const running = await start(t, 'SIGHUP', ['--probation', '50ms']);
    const { command, workers, heard } = running;
    const answers = await fourUnderWay(running);
    await ways[to]!(running, 'SIGHUP');
    await command.seen(/reloaded in/);
    assert.equal(((await answers) as unknown[]).length, 4);
    assert.deepEqual(workers.filter(isAlive), []);
    for (const pid of workers) assert.deepEqual(heard(pid), []);
  });
}

test('HUP to all is a reload for a worker whose event loop is busy, too', async (t) => {
  const running = await start(t, 'SIGHUP', ['--probation', '50ms']);
  const { command, port, workers, heard } = running;
  const blocked = ask({ port, host, path: '/block' });
  await command.seen(/asked/, 'stdout');
  await ways['the group']!(running, 'SIGHUP');
  await blocked;
  await command.seen(/reloaded in/);
  for (const pid of workers) assert.deepEqual(heard(pid), []);
});

test('what ends a primary that listens for no signal ends the app, which hears it', async (t) => {
  const { env, of } = notes(t);
  const program = spawn(process.execPath, [app('primary-without-signals.mjs'), app('hears-to-end.cjs')], {
    env: { ...env, HEARS: 'SIGINT' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [line] = (await once(program.stdout.setEncoding('utf8'), 'data')) as [string];
  const [, ...workers] = line.trim().split(' ').map(Number);
  process.kill(-program.pid!, 'SIGINT');
  await until(() => !workers.some(isAlive), 'the workers have ended', 5_000);
  for (const pid of workers) assert.deepEqual(of(pid), ['SIGINT']);
});

test('a primary without a descriptor left hears signals', async (t) => {
  const { command, workers } = await start(t, '');
  // prlimit(1): what is open stays, and nothing more can be opened.
  const { status } = spawnSync('prlimit', ['--pid', String(command.pid), '--nofile=3:']);
  assert.equal(status, 0);
  process.kill(command.pid, 'SIGTTOU');
  await command.seen(/SIGTTOU: scaled to 1 worker/);
  process.kill(command.pid, 'SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  assert.deepEqual(workers.filter(isAlive), []);
});

test('HUP to one worker is for its app', async (t) => {
  const { workers, heard, command } = await start(t, 'SIGHUP');
  const [first = 0, second = 0] = workers;
  process.kill(first, 'SIGHUP');
  await until(() => heard(first).length > 0, 'the app has heard it');
  assert.deepEqual([heard(first), heard(second)], [['SIGHUP'], []]);
  assert.ok(workers.every(isAlive));
  assert.doesNotMatch(command.stderr, /reload/);
});

for (const [signal, hears] of [
  ['SIGTERM', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', ''],
  ['SIGHUP', ''],
] as const) {
  test(`${signal} to one worker, of an app that hears ${hears || 'none'}: first there is another in its place`, async (t) => {
    const running = await start(t, hears, ['--probation', '50ms']);
    const { command, workers, heard } = running;
    const [first = 0, second = 0] = workers;
    const answers = await fourUnderWay(running);
    process.kill(first, signal);
    process.kill(first, signal);
    assert.equal(((await answers) as unknown[]).length, 4);
    await command.seen(/worker \d \(pid \d+\) got a signal to end: it was replaced/);
    await until(() => !isAlive(first), 'it has ended');
    assert.deepEqual([heard(first), heard(second)], [hears === '' ? [] : [signal], []]);
    assert.ok(isAlive(second));
    assert.equal((await ask({ host, port: running.port })).path, '/');
  });
}
