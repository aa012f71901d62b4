// The command as a person uses it.
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask } from './client.js';
import { app, startCommand, temporaryDirectory, type CommandOptions } from './harness.js';

test('--version and --help', async (t) => {
  const version = startCommand(t, ['--version']);
  assert.equal((await version.exited).code, 0);
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  const help = startCommand(t, ['--help']);
  assert.equal((await help.exited).code, 0);
  for (const option of [
    '--workers',
    '--handoff',
    '--policy',
    '--stall-after',
    '--max-open-offers',
    '--queue-timeout',
    '--metrics',
    '--no-metrics',
    '--import',
    '--require',
    '--node-args',
    '--name',
    '--no-control',
    '--ready-timeout',
    '--probation',
    '--drain-timeout',
    '--stop-timeout',
    '--min-uptime',
    '--reload-concurrency',
    '--wait-ready',
    '--max-memory',
    '--max-age',
    '--watch',
    '--watch-path',
    '--config <file>',
    'Commands:',
    'config [options]',
  ]) {
    assert.ok(help.stdout.includes(option), option);
  }
});

test('it says where the app listens, where the status page and the metrics are, who works, and how to stop', async (t) => {
  const command = startCommand(t, ['--metrics', '0', app('http.cjs')], {
    env: { HOST: '127.0.0.1', WEB_CONCURRENCY: '' },
  });
  const [banner] = await command.seen(/baton: \d.*\n.*\n.*\n.*\n.*\n.*\n/);
  assert.match(banner, /listening +127\.0\.0\.1:\d+\n/);
  assert.match(banner, /status +http:\/\/127\.0\.0\.1:\d+\/\n/);
  assert.match(banner, /metrics +http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
  assert.match(banner, /workers +\d+ \(pid [\d, ]+\), connections, least-loaded\n/);
  assert.match(banner, /Ctrl-C/);
});

test('WEB_CONCURRENCY is the default of --workers', async (t) => {
  const command = startCommand(t, ['--no-metrics', app('http.cjs')], { env: { WEB_CONCURRENCY: '3' } });
  await command.seen(/workers +3 /);
});

test("the app's arguments come after --, and options may come after the app", async (t) => {
  const args = ['--no-metrics', app('environment.cjs'), '-w', '1', '--', 'one', '--two', '-w'];
  const command = startCommand(t, args, { env: { PORT: '77' } });
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  const answer = (await ask({ port, host: '127.0.0.1' })) as unknown as { argv: string[]; env: object };
  assert.deepEqual(answer.argv, [app('environment.cjs'), 'one', '--two', '-w']);
  assert.deepEqual(answer.env, { PORT: '77', instance: '0' });
});

/** What environment.cjs tells, run with one worker. */
async function environmentOf(t: TestContext, args: readonly string[], options: CommandOptions = {}) {
  const command = startCommand(t, ['--no-metrics', '-w', '1', ...args], options);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  return (await ask({ port, host: '127.0.0.1' })) as unknown as {
    argv: string[];
    execArgv: string[];
    env: Record<string, string>;
  };
}

test('NODE_APP_INSTANCE from outside reaches the app, unless whoever starts processes set it', async (t) => {
  const seen = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
    (await environmentOf(t, [app('environment.cjs')], { env })).env['instance'];
  const instances = [
    { NODE_APP_INSTANCE: 'eu-west' },
    { NODE_APP_INSTANCE: '7', pm_id: '7' },
    { NODE_APP_INSTANCE: '7', BATON_SLOT: '7' },
  ].map(seen);
  assert.deepEqual(await Promise.all(instances), ['eu-west', '0', '0']);
});

test('options of node before the app reach the workers, as do those of --node-args', async (t) => {
  const cwd = temporaryDirectory(t);
  writeFileSync(path.join(cwd, '.env'), 'GREETING=from the file\n');
  const given = ['--max-old-space-size=300', '--env-file=.env', '--no-warnings'];
  const args = ['--node-args', '--expose-gc --stack-size=900', ...given, app('environment.cjs')];
  const { execArgv, env, argv } = await environmentOf(t, args, { cwd, execArgv: ['--trace-warnings'] });
  assert.equal(env['GREETING'], 'from the file');
  assert.deepEqual(argv, [app('environment.cjs')]);
  const all = ['--trace-warnings', '--expose-gc', '--stack-size=900', ...given];
  assert.deepEqual(
    execArgv.filter((argument) => all.includes(argument)),
    all,
  );
});

test("what follows -- is the app's, also where the app comes from the configuration", async (t) => {
  const cwd = temporaryDirectory(t);
  const content = { app: app('environment.cjs'), execArgv: ['--expose-gc'], args: ['none'] };
  writeFileSync(path.join(cwd, 'baton.config.json'), JSON.stringify(content));
  const { execArgv, argv } = await environmentOf(t, ['--', '--port', '5'], { cwd });
  assert.deepEqual(argv, [app('environment.cjs'), '--port', '5']);
  assert.ok(execArgv.includes('--expose-gc'));
});

for (const handoff of ['connections', 'listeners']) {
  test(`handoff of ${handoff}: a worker reads what stands on standard input`, async (t) => {
    const args = ['--no-metrics', '-w', '1', '--handoff', handoff, app('reads-input.cjs')];
    const command = startCommand(t, args, { input: 'hi\n' });
    await command.seen(/^READ hi$/m, 'stdout');
  });
}

test('where nobody reads what it prints, it ends without a word', async (t) => {
  const env = { XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const args = ['--no-metrics', '-w', '1', '--name', 'shop', app('http.cjs')];
  await startCommand(t, args, { env }).seen(/listening/);
  const printing = [
    ['--help'],
    ['--version'],
    ['help', 'reload'],
    ['config'],
    ['config', '--json'],
    ['status', '--name', 'shop'],
    ['status', '--name', 'shop', '--json'],
    ['scale', '--name', 'shop', '1'],
  ];
  const commands = printing.map((args) => startCommand(t, args, { env }));
  // Long before node has come so far that it writes.
  for (const command of commands) command.process.stdout?.destroy();
  for (const { exited } of commands) assert.deepEqual(await exited, { code: 0, signal: null });
  for (const { stderr } of commands) assert.equal(stderr, '');
});

test('output that cannot be written is an error', async (t) => {
  const prefix = ['sh', '-c', 'exec "$0" "$@" >/dev/full'];
  const command = startCommand(t, ['config'], { prefix });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /^baton: cannot write to standard output: .*ENOSPC.*\n$/);
});

test('the start message and status name a listener alike', async (t) => {
  const env = { XDG_RUNTIME_DIR: temporaryDirectory(t), HOST: '' };
  const command = startCommand(t, ['--no-metrics', '-w', '1', '--name', 'shop', app('http.cjs')], { env });
  const [, address = ''] = await command.seen(/listening +(.+)\n/);
  assert.match(address, /^\[::\]:[1-9]\d+$/);
  const status = startCommand(t, ['status', '--name', 'shop'], { env });
  await status.exited;
  assert.ok(status.stdout.includes(`\nlistening   ${address}  0 accepted`), status.stdout);
});

test('an app with the name of a command', async (t) => {
  const directory = temporaryDirectory(t);
  copyFileSync(app('plain.js'), path.join(directory, 'config.js'));
  const command = startCommand(t, ['--no-metrics', '-w', '1', './config'], { cwd: directory });
  await command.seen(/runs \.\/config\n/);
});

test('an app is found as node finds it, without its ending', async (t) => {
  const command = startCommand(t, ['--no-metrics', '-w', '1', './plain'], { cwd: app('.') });
  await command.seen(/workers +1 /);
});

test('TypeScript runs where the Node at hand runs it; where not, its own error is shown', async (t) => {
  const command = startCommand(t, ['--no-metrics', '-w', '1', app('typed.ts')]);
  if ('typescript' in process.features && process.features.typescript) {
    const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
    assert.equal((await ask({ port, host: '127.0.0.1' })).slot, 0);
  } else {
    assert.equal((await command.exited).code, 1);
    assert.match(command.stderr, /ERR_UNKNOWN_FILE_EXTENSION|SyntaxError/);
  }
});
