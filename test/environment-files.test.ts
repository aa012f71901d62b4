// Where the environment of workers comes from: that of the command, environment files, the configuration file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { askRelease, Deployment } from './deployment.js';
import { portOf, root, startPrimary, temporaryDirectory, until, type Command } from './harness.js';

/** As the package of that name: what is there already stays. */
const dotenv = {
  'node_modules/dotenv/config.js': `
    const lines = require('node:fs').readFileSync(process.env.DOTENV_CONFIG_PATH || '.env', 'utf8').split('\\n');
    for (const [name, value] of lines.map((line) => line.split('='))) if (name) process.env[name] ??= value;`,
};

async function reload(deployment: Deployment): Promise<void> {
  const command = deployment.command(['reload']);
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.stderr);
}

for (const execArgv of [
  ['--env-file=.env'],
  ['--env-file', '.env'],
  ['-r', 'dotenv/config'],
  ['--import', 'dotenv/config.js'],
]) {
  test(`${execArgv.join(' ')}: what has changed takes effect at a reload, and never beats the environment`, async (t) => {
    const deployment = new Deployment(t, {
      ...dotenv,
      '.env': 'GREETING=one\nGIVEN=file\nBATON_WORKERS=1\n',
    });
    const env = { GIVEN: 'environment' };
    const { port } = await deployment.start(['app.cjs'], { execArgv, env });
    const seen = async (): Promise<unknown[]> => {
      const { env: of } = await askRelease(port);
      return [of['GREETING'], of['ADDED'], of['GIVEN']];
    };
    assert.deepEqual(await seen(), ['one', undefined, 'environment']);

    deployment.add(7, { '.env': 'GREETING=two\nADDED=new\nGIVEN=file\nBATON_WORKERS=1\n' });
    await reload(deployment);
    assert.deepEqual(await seen(), ['two', 'new', 'environment']);

    deployment.add(8, { ...dotenv, '.env': 'GREETING=three\nGIVEN=file' });
    deployment.point(8);
    deployment.remove(7);
    await reload(deployment);
    assert.deepEqual(await seen(), ['three', undefined, 'environment']);
    const status = deployment.command(['status', '--json']);
    await status.exited;
    assert.equal(
      (JSON.parse(status.stdout) as { slots: number }).slots,
      1,
      'the file has settings of the primary, too',
    );
  });
}

test('BATON_ADDON in a file that only workers read is none of theirs', async (t) => {
  for (const value of ['none', 'some']) {
    const deployment = new Deployment(t, { '.env': `BATON_ADDON=${value}` });
    const { port } = await deployment.start(['--workers', '1', '--env-file=.env', 'app.cjs']);
    const { slot, env } = await askRelease(port);
    assert.deepEqual([slot, env['BATON_ADDON']], [0, value]);
  }
});

test('options of node in the configuration take effect at a reload', async (t) => {
  const configuration = (execArgv: readonly string[]): Record<string, string> => ({
    'baton.config.json': JSON.stringify({ app: 'app.cjs', workers: 1, execArgv }),
  });
  const deployment = new Deployment(t, {
    ...configuration(['--env-file=one.env']),
    'one.env': 'GREETING=one',
  });
  const { port, command } = await deployment.start([]);
  assert.equal((await askRelease(port)).env['GREETING'], 'one');
  deployment.add(7, { ...configuration(['--env-file=two.env']), 'two.env': 'GREETING=two' });
  await reload(deployment);
  assert.equal((await askRelease(port)).env['GREETING'], 'two');
  assert.doesNotMatch(command.stderr, /take effect only when you restart baton/);
});

test('a configuration sets variables for workers, as it is at each reload', async (t) => {
  const configuration = (lines: string): Record<string, string> => ({
    'baton.config.mjs': `${lines};\nexport default { app: 'app.cjs', workers: 1, args: [process.env.SECRET ?? 'none'] };`,
  });
  const deployment = new Deployment(t, {
    ...configuration("process.env.GREETING = 'one'; process.env.OLD = 'yes'; delete process.env.GIVEN"),
    '.env': 'SECRET=first',
  });
  const execArgv = ['--env-file=.env'];
  const { port } = await deployment.start([], { execArgv, env: { GIVEN: 'environment' } });
  const seen = async (): Promise<unknown[]> => {
    const { env, args } = await askRelease(port);
    return [env['GREETING'], env['OLD'], env['GIVEN'], env['SECRET'], ...args];
  };
  const before = ['one', 'yes', undefined, 'first', 'first'];
  assert.deepEqual(await seen(), before);

  deployment.add(7, {
    ...configuration("import './more.mjs'; process.env.GREETING = 'two'"),
    'more.mjs': "process.env.MORE = 'one'",
  });
  const { pid } = await askRelease(port);
  process.kill(pid, 'SIGKILL');
  await until(async () => (await askRelease(port)).pid !== pid, 'another worker answers');
  assert.deepEqual(await seen(), before, 'a crash is no reload');

  deployment.add(7, { '.env': 'SECRET=second' });
  await reload(deployment);
  assert.deepEqual(await seen(), ['two', undefined, 'environment', 'second', 'second']);
  assert.equal((await askRelease(port)).env['MORE'], 'one');
  deployment.add(7, { 'more.mjs': "process.env.MORE = 'two'" });
  await reload(deployment);
  assert.equal((await askRelease(port)).env['MORE'], 'two', 'what it imports is read again, too');
});

test('a configuration that is broken fails the reload, with its own error, and changes nothing', async (t) => {
  const deployment = new Deployment(t, {
    'baton.config.mjs': "export default { app: 'app.cjs', workers: 1 };",
  });
  const { port, command } = await deployment.start([]);
  const { pid } = await askRelease(port);
  const failing: [string, RegExp][] = [
    ['const x = {};\nx.y.z;', /baton\.config\.mjs fails: TypeError: .*\n +at .*baton\.config\.mjs:2:/],
    ['export default { wokers: 2 };', /no setting "wokers" in baton\.config\.mjs/],
    [
      'export default { args: () => [] };',
      /baton\.config\.mjs must export plain values, not \{ args: \[Function/,
    ],
    ['process.exit(3);', /baton\.config\.mjs gives no settings: its process ended with code 3/],
    ["export default { workers: 'many' };", /option workers in baton\.config\.mjs must be/],
    ["export default { app: 'other.cjs' };", /no app "other\.cjs" in/],
  ];
  for (const [content, error] of failing) {
    deployment.add(7, { 'baton.config.mjs': content });
    const failed = deployment.command(['reload']);
    assert.equal((await failed.exited).code, 1);
    assert.match(failed.stderr, /^baton: The reload failed: 0 of 1 workers were replaced/);
    assert.match(failed.stderr, error);
  }
  assert.equal((await askRelease(port)).pid, pid);
  deployment.add(7, {
    'baton.config.mjs':
      "export default { app: 'app.cjs', workers: 3, stopTimeoutMs: '7s', policy: 'sticky', args: ['x'] };",
  });
  await reload(deployment);
  const warning =
    /baton: changed settings that take effect only when you restart baton: workers, stopTimeoutMs, policy\n/g;
  assert.equal(command.stderr.match(warning)?.length, 1);
  assert.deepEqual((await askRelease(port)).args, ['x']);
  await reload(deployment);
  assert.equal(command.stderr.match(warning)?.length, 1, 'told once');
});

test('a stop does not wait for a configuration that never ends', async (t) => {
  const deployment = new Deployment(t, {
    'baton.config.mjs': "export default { app: 'app.cjs', workers: 1 };",
  });
  const { command } = await deployment.start([]);
  deployment.add(7, {
    'baton.config.mjs': "console.log('reading'); setInterval(() => {}, 1_000); await new Promise(() => {});",
  });
  command.process.kill('SIGHUP');
  await command.seen(/reading/, 'stdout');
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('--watch reloads when an environment file changes, wherever that is', async (t) => {
  const elsewhere = path.join(temporaryDirectory(t), 'settings.txt');
  const deployment = new Deployment(t, { ...dotenv, '.env': 'GREETING=one', 'src/none.js': '' });
  const args = ['--watch', '--watch-path', 'src', '-w', '1', 'app.cjs'];
  const greeting = async (port: number): Promise<unknown> => (await askRelease(port)).env['GREETING'];
  const change = async (command: Command, port: number, value: string): Promise<void> => {
    deployment.add(7, { '.env': `GREETING=${value}` });
    await command.seen(/baton: \.env changed: reloading\n/);
    await until(async () => (await greeting(port)) === value, `${value} is in force`);
  };
  for (const [way, value] of [
    [() => deployment.start(args, { execArgv: ['--env-file=.env'] }), 'two'],
    [() => deployment.start(['--env-file=.env', ...args]), 'also two'],
  ] as const) {
    const { command, port } = await way();
    await change(command, port, value);
    command.process.kill('SIGTERM');
    await command.exited;
  }
  const env = { DOTENV_CONFIG_PATH: elsewhere };
  deployment.add(7, { [path.relative(deployment.directory(7), elsewhere)]: 'GREETING=three' });
  const second = await deployment.start(args, { execArgv: ['-r', 'dotenv/config'], env });
  assert.equal(await greeting(second.port), 'three');
  deployment.add(7, { [path.relative(deployment.directory(7), elsewhere)]: 'GREETING=four' });
  await until(async () => (await greeting(second.port)) === 'four', 'four is in force');
});

test("the IPC channel of whoever started the command is no worker's", async (t) => {
  const deployment = new Deployment(t, {
    'baton.config.mjs': "export default { app: 'app.cjs', workers: 1 };",
  });
  const args = [path.join(root, 'packages/core/bin/baton.js'), '--no-metrics', '--no-control'];
  const child = spawn(process.execPath, args, {
    cwd: deployment.current,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, PWD: deployment.current },
  });
  t.after(async () => {
    child.kill();
    if (child.exitCode === null) await once(child, 'exit');
  });
  let seen = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (seen += text));
  await until(() => /stop it with/.test(seen) || child.exitCode !== null, 'it is up');
  const [, port] = /listening +127\.0\.0\.1:(\d+)/.exec(seen) ?? assert.fail(seen);
  const { env } = await askRelease(Number(port));
  assert.equal(env['NODE_CHANNEL_FD'], undefined);
});

test('in code, workers have the environment of the process, as it is when they start', async (t) => {
  const deployment = new Deployment(t);
  process.env['GREETING'] = 'one';
  t.after(() => delete process.env['GREETING']);
  const primary = await startPrimary(t, {
    app: 'app.cjs',
    cwd: deployment.current,
    workers: 1,
    probationMs: 0,
  });
  const greeting = async (): Promise<unknown> => (await askRelease(portOf(primary))).env['GREETING'];
  assert.equal(await greeting(), 'one');
  process.env['GREETING'] = 'two';
  await primary.reload();
  assert.equal(await greeting(), 'two');
});
