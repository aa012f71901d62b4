// How a primary starts, and what it starts its workers with.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Primary, type WorkerInfo } from '@baton/core';
import { ask, type Answer } from './client.js';
import { app, isAlive, portOf, startPrimary } from './harness.js';

const host = '127.0.0.1';

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
    const answer = await ask({ port: portOf(primary), host });
    const { execArgv, ...told } = answer as Answer & { execArgv: string[] };
    assert.ok(execArgv.includes(app('preload.cjs')));
    assert.deepEqual(told, {
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
