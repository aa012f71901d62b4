// Workers that end, and primaries that are ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { Primary, type WorkerInfo } from '@baton/core';
import { ask, askMany } from './client.js';
import {
  app,
  isAlive,
  openFds,
  portOf,
  startCommand,
  startPrimary,
  temporaryDirectory,
  until,
} from './harness.js';

const host = '127.0.0.1';

for (const [path, how] of [
  ['/throw', { code: 1, signal: null }],
  ['/exit', { code: 0, signal: null }],
  ['/kill', { code: null, signal: 'SIGKILL' }],
] as const) {
  test(`a worker that ends (${path}) is started again, in its slot`, async (t) => {
    const primary = await startPrimary(t, { app: app('crashes.cjs'), workers: 2, policy: 'round-robin' });
    const port = portOf(primary);
    const before = primary.snapshot().workers;
    const ended = once(primary, 'worker') as Promise<[WorkerInfo, { exit?: unknown }]>;
    await assert.rejects(ask({ port, host, path }));
    const [worker, { exit }] = await ended;
    assert.deepEqual([worker.state, exit], ['crashed', how]);
    await until(
      () => primary.snapshot().workers.every(({ state }) => state === 'ready'),
      'both are ready again',
    );
    const after = primary.snapshot().workers;
    assert.deepEqual(
      after.map(({ slot }) => slot),
      [0, 1],
    );
    assert.deepEqual(
      after.map(({ restarts }) => restarts),
      worker.slot === 0 ? [1, 0] : [0, 1],
    );
    assert.notEqual(after[worker.slot]?.pid, before[worker.slot]?.pid);
    assert.equal((await askMany(20, 2, () => ask({ port, host }))).size, 2);
  });
}

test('connections wait while no worker is up, and are answered by the next', async (t) => {
  const primary = await startPrimary(t, { app: app('crashes.cjs'), workers: 1 });
  const port = portOf(primary);
  await assert.rejects(ask({ port, host, path: '/kill' }));
  const isGone = (): boolean => primary.snapshot().slots[0]?.connections === 0;
  await until(isGone, 'the primary knows that the worker is gone');
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask({ port, host })));
  assert.equal(answers.length, 20);
});

test('workers get the app, its arguments, the environment and the preloads', async (t) => {
  const primary = await startPrimary(t, {
    app: app('environment.cjs'),
    args: ['one', '--two'],
    workers: 2,
    policy: 'round-robin',
    env: { ...process.env, PORT: '1234', GREETING: 'hello' },
    require: [app('preload.cjs')],
    import: [app('preload.mjs')],
  });
  for (const slot of [0, 1]) {
    assert.deepEqual(await ask({ port: portOf(primary), host }), {
      slot,
      argv: [app('environment.cjs'), 'one', '--two'],
      env: { PORT: '1234', GREETING: 'hello', instance: String(slot) },
      preloaded: [
        ['require', true],
        ['import', true],
      ],
      isMain: true,
      workerId: slot + 1,
      connected: true,
      clusterKeys: [],
      child: [true, null],
    });
  }
});

test('start() rejects when no worker comes as far as listening, and leaves nothing', async () => {
  const primary = new Primary({ app: app('throws.cjs'), workers: 2, metrics: false });
  const pids: number[] = [];
  primary.on('worker', ({ pid, state }) => state === 'starting' && pid !== undefined && pids.push(pid));
  await assert.rejects(primary.start(), { code: 'BATON_BOOT_FAILED', message: /each ended with code 1/ });
  assert.equal(pids.length, 2, 'none was started again');
  assert.deepEqual(pids.filter(isAlive), []);
  await assert.rejects(primary.start(), { code: 'BATON_ALREADY_STARTED' });
});

test('a worker that has not listened for a while is reported, and goes on', async (t) => {
  const primary = new Primary({
    app: app('never-listens.cjs'),
    workers: 1,
    metrics: false,
    listenWarningMs: 50,
  });
  t.after(() => primary.stop());
  const started = primary.start();
  const [slow] = (await once(primary, 'slow')) as [WorkerInfo];
  assert.equal(slow.state, 'starting');
  assert.ok(slow.pid !== undefined && isAlive(slow.pid));
  await Promise.all([assert.rejects(started, { code: 'BATON_STOPPED' }), primary.stop()]);
});

test('stop() ends workers that ignore SIGTERM at the deadline', async (t) => {
  const primary = await startPrimary(t, { app: app('ignores-term.cjs'), workers: 2, stopTimeoutMs: 300 });
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

test('a second signal ends at once what the first did not; the same one twice is one', async (t) => {
  const command = startCommand(t, ['-w', '1', '--no-metrics', app('ignores-term.cjs')]);
  await command.seen(/workers +1 /);
  command.process.kill('SIGINT');
  command.process.kill('SIGTERM');
  await command.seen(/TERM ignored/, 'stdout');
  const again = setInterval(() => command.process.kill('SIGTERM'), 100);
  t.after(() => clearInterval(again));
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  const lines = command.stderr.match(/SIG\w+( again)?: .*/g) ?? [];
  assert.equal(lines.length, 2, command.stderr);
  assert.match(lines[0] ?? '', /^SIG\w+: stopping the workers$/);
  assert.match(lines[1] ?? '', /^SIGTERM again: ending all workers now$/);
});

test('the service goes on when nobody reads its output any more', async (t) => {
  const command = startCommand(t, ['-w', '1', '--no-metrics', app('crashes.cjs')]);
  const [, port = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  command.process.stdout?.destroy();
  command.process.stderr?.destroy();
  await assert.rejects(ask({ port, host, path: '/kill' }));
  const answers = async (): Promise<boolean> =>
    (await ask({ port, host }).catch(() => undefined)) !== undefined;
  await until(answers, 'the worker is started again, which is told to nobody');
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

test('an inherited listening socket is served, as under systemd', async (t) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const primary = spawn(
    process.execPath,
    [
      app('../../packages/core/bin/baton.js'),
      '-w',
      '2',
      '--no-metrics',
      '--no-control',
      app('inherited.cjs'),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', fd],
    },
  );
  server.close();
  t.after(async () => {
    primary.kill();
    await once(primary, 'exit');
  });
  const bySlot = await askMany(40, 4, () => ask({ port, host }));
  assert.ok(bySlot.size >= 1);
  await until(
    async () => (await askMany(20, 4, () => ask({ port, host }))).size === 2,
    'both workers answer',
  );
});

test('fds of the primary and of the workers are the same after 200 connections as before', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 2 });
  const ask10 = (count: number): Promise<unknown> =>
    askMany(count, 10, () => ask({ port: portOf(primary), host: '::1' }));
  await ask10(20);
  const processes = ['self', ...primary.snapshot().workers.map(({ pid }) => pid!)] as const;
  const settled = (): boolean => primary.snapshot().slots.every(({ connections }) => connections === 0);
  await until(settled, 'all connections are closed');
  const before = processes.map((pid) => openFds(pid).size);
  await ask10(200);
  await until(settled, 'all connections are closed');
  await until(
    () => processes.every((pid, i) => openFds(pid).size <= before[i]!),
    `no more fds than before: ${before.join(', ')}`,
  );
});

test('stop() ends the workers even where a Unix path cannot be removed', async (t) => {
  const folder = path.join(temporaryDirectory(t), 'folder');
  mkdirSync(folder);
  const env = { ...process.env, SOCKET_PATH: path.join(folder, 'app.sock') };
  const primary = await startPrimary(t, { app: app('http-unix.cjs'), workers: 1, env });
  renameSync(folder, `${folder}-moved`);
  writeFileSync(folder, 'a file');
  const warned = once(process, 'warning') as Promise<[Error]>;
  await primary.stop();
  assert.match((await warned)[0].message, /could not remove .*app\.sock: ENOTDIR/);
});

test('an error thrown by a listener of the primary is an uncaught exception, not a hang', async () => {
  const child = spawn(process.execPath, [app('primary-throws.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  assert.match(output, /^thrown by a listener$/m);
});

test('a primary run by node -e starts the app in its workers, not itself', async () => {
  const script = `import { Primary } from '@baton/core';
    const primary = new Primary({ app: ${JSON.stringify(app('http.cjs'))}, workers: 1, metrics: false });
    await primary.start();
    console.log('workers', primary.snapshot().workers.length, primary.options.execArgv.join(' '));
    await primary.stop();`;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { cwd: app('..'), stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  assert.equal(output, 'workers 1 --no-warnings\n');
});

test('a worker cannot start a primary', async () => {
  const primary = new Primary({ app: app('primary-throws.mjs'), workers: 1, metrics: false });
  await assert.rejects(primary.start(), { code: 'BATON_BOOT_FAILED' });
});

test('an inherited Unix socket is served too', async (t) => {
  const bound = path.join(temporaryDirectory(t), 'bound.sock');
  const socketPath = `${bound}-moved`;
  const server = net.createServer().listen(bound);
  await once(server, 'listening');
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const args = [
    app('../../packages/core/bin/baton.js'),
    '-w',
    '2',
    '--no-metrics',
    '--no-control',
    app('inherited.cjs'),
  ];
  const primary = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ignore', fd] });
  // Closing here removes the path that was bound.
  renameSync(bound, socketPath);
  server.close();
  t.after(async () => {
    primary.kill();
    await once(primary, 'exit');
  });
  await until(
    async () => (await askMany(20, 4, () => ask({ socketPath }))).size === 2,
    'both workers answer',
  );
});
