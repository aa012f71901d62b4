// Where Baton has no addon: the command runs the app as one plain process.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import {
  app,
  isAlive,
  root,
  startCommand,
  temporaryDirectory,
  until,
  type CommandOptions,
} from './harness.js';
import { installBaton, installDependency } from './installed-baton.js';
import { childrenOf, Terminal, withoutTerminal } from './terminal.js';

const env = { BATON_ADDON: 'none' };
const warning =
  'baton: BATON_ADDON is set to none. app.js runs as one plain process: no workers, no reload, no metrics, no control socket.\n';

/** Tells what it was given, and then each signal that it hears. TERM ends it. */
const tells = `
  const { GREETING, PORT, BATON_SLOT, NODE_APP_INSTANCE, PWD } = process.env;
  process.on('SIGTERM', () => process.exit(7));
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'])
    process.on(signal, () => console.log('heard', signal));
  console.log(JSON.stringify({
    args: process.argv.slice(2),
    execArgv: process.execArgv,
    cwd: process.cwd(),
    env: { GREETING, PORT, BATON_SLOT, NODE_APP_INSTANCE, PWD },
    loaded: globalThis.loaded,
  }));
  setInterval(() => {}, 60_000);`;

/** A directory with these files. */
function directoryWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const cwd = realpathSync(temporaryDirectory(t));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(cwd, name), content);
  return cwd;
}

/** Runs a command to its end. */
async function outcomeOf(t: TestContext, args: readonly string[], options: CommandOptions) {
  const command = startCommand(t, args, options);
  const exit = await command.exited;
  const { stdout, stderr } = command;
  return { ...exit, stdout, stderr };
}

test('the app has its arguments, options of node, preloads, directory and environment, and Baton none', async (t) => {
  const cwd = directoryWith(t, {
    'app.js': tells,
    'first.cjs': 'globalThis.loaded = ["first"];',
    'second.mjs': 'globalThis.loaded.push("second");',
    'baton.config.mjs': `
      process.env.GREETING = 'hello';
      export default { app: 'app.js', args: ['--one', 'two'], import: ['./second.mjs'], workers: 4 };`,
  });
  const args = ['--cwd', cwd, '--stack-size=900', '-r', './first.cjs'];
  const command = startCommand(t, args, { env: { ...env, PORT: '77' } });
  const [line] = await command.seen(/^\{.*\}\n/, 'stdout');
  assert.deepEqual(JSON.parse(line), {
    args: ['--one', 'two'],
    execArgv: ['--stack-size=900', '--require', './first.cjs', '--import', './second.mjs'],
    cwd,
    env: { GREETING: 'hello', PORT: '77', PWD: cwd },
    loaded: ['first', 'second'],
  });
  assert.equal(command.stderr, warning);
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 7, signal: null });
  assert.equal(command.stderr, warning);
});

test('signals are passed on, once each', async (t) => {
  const cwd = directoryWith(t, { 'app.js': tells });
  const command = startCommand(t, ['app.js'], { cwd, env });
  await command.seen(/\}\n/, 'stdout');
  const signals = ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const;
  for (const signal of signals) {
    command.process.kill(signal);
    await command.seen(new RegExp(`heard ${signal}\n`), 'stdout');
  }
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 7, signal: null });
  assert.deepEqual(
    [...command.stdout.matchAll(/heard (\w+)/g)].map(([, signal]) => signal),
    signals,
  );
});

test('it ends as the app does, by the same signal too', async (t) => {
  const cwd = directoryWith(t, { 'app.js': 'process.exit(3);' });
  assert.deepEqual(await outcomeOf(t, ['app.js'], { cwd, env }), {
    code: 3,
    signal: null,
    stdout: '',
    stderr: warning,
  });
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    writeFileSync(path.join(cwd, 'app.js'), `process.kill(process.pid, '${signal}');`);
    const outcome = await outcomeOf(t, ['app.js'], { cwd, env });
    assert.deepEqual([outcome.code, outcome.signal], [null, signal]);
  }
});

test('signals that come when the app has ended change nothing', async (t) => {
  const cwd = directoryWith(t, { 'app.js': tells });
  for (let count = 0; count < 5; count++) {
    const command = startCommand(t, ['app.js'], { cwd, env });
    await command.seen(/\}\n/, 'stdout');
    const again = setInterval(() => command.process.kill('SIGTERM'), 1);
    t.after(() => clearInterval(again));
    assert.deepEqual(await command.exited, { code: 7, signal: null });
  }
});

// The first process of a pid namespace gets no signal that it has no handler for (pid_namespaces(7)).
const prefix = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const isPermitted = spawnSync(prefix[0]!, [...prefix.slice(1), 'true']).status === 0;
const inNamespace = { skip: !isPermitted && 'it may not make a user namespace' };

test('a signal that cannot end it becomes a number', inNamespace, async (t) => {
  const cwd = directoryWith(t, { 'app.js': "process.kill(process.pid, 'SIGTERM');" });
  const outcome = await outcomeOf(t, ['app.js'], { cwd, env, prefix });
  assert.deepEqual([outcome.code, outcome.signal], [143, null], outcome.stderr);
});

test('what is wrong with the settings, or the app, is told as ever', async (t) => {
  const cwd = directoryWith(t, {});
  for (const [args, more, pattern] of [
    [['--wokers', '4', 'app.js'], {}, /Unknown option '--wokers'.*--workers/],
    [['--workers', 'many', 'app.js'], {}, /--workers must be a whole number/],
    [['app.js'], {}, /There is no app "app\.js" in/],
    [['app.js'], { BATON_ADDON: 'no' }, /The option BATON_ADDON must be none, or empty; it is "no"\./],
  ] as const) {
    const outcome = await outcomeOf(t, args, { cwd, env: { ...env, ...more } });
    assert.deepEqual([outcome.code, outcome.stdout], [1, '']);
    assert.match(outcome.stderr, pattern);
  }
});

test('commands that would ask a primary say why there is none, the others work', async (t) => {
  const cwd = directoryWith(t, { 'app.js': '' });
  for (const args of [['status'], ['status', '--json'], ['top'], ['reload'], ['scale', '2'], ['stop']]) {
    const outcome = await outcomeOf(t, args, { cwd, env });
    assert.deepEqual([outcome.code, outcome.stdout], [1, '']);
    assert.match(
      outcome.stderr,
      new RegExp(`^baton: The command ${args[0]} does not work here\\. BATON_ADDON is set to none\\..*\n$`),
    );
  }
  for (const args of [
    ['config'],
    ['--help'],
    ['--version'],
    ['status', '--help'],
    ['build-addon', '--help'],
  ]) {
    const outcome = await outcomeOf(t, args, { cwd, env });
    assert.deepEqual([outcome.code, outcome.stderr], [0, '']);
  }
});

test('--watch starts it again when a file changes, once the old one has ended', async (t) => {
  const version = (number: number): string => `
    console.log('version ${number}');
    process.on('SIGTERM', () => { console.log('end of ${number}'); process.exit(); });
    setInterval(() => {}, 60_000);`;
  const cwd = directoryWith(t, { 'app.js': version(1) });
  const file = path.join(cwd, 'app.js');
  const command = startCommand(t, ['--watch', 'app.js'], { cwd, env });
  await command.seen(/version 1\n/, 'stdout');
  writeFileSync(file, version(2));
  await command.seen(/baton: app\.js changed: starting again\n/);
  await command.seen(/end of 1\nversion 2\n/, 'stdout');
  writeFileSync(file, 'process.exit(5);');
  await command.seen(/baton: the app ended with code 5: waiting for a file to change\n/);
  writeFileSync(file, tells);
  await command.seen(/\}\n/, 'stdout');
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 7, signal: null });
});

test('--watch: an app that lives on after a signal is started again when a file changes', async (t) => {
  const cwd = directoryWith(t, { 'app.js': tells });
  const command = startCommand(t, ['--watch', 'app.js'], { cwd, env });
  await command.seen(/\}\n/, 'stdout');
  command.process.kill('SIGHUP');
  await command.seen(/heard SIGHUP\n/, 'stdout');
  writeFileSync(path.join(cwd, 'app.js'), `console.log('next'); ${tells}`);
  await command.seen(/next\n.*\}\n/, 'stdout');
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 7, signal: null });
});

test('--watch: an app that still ends by SIGTERM when a file changes is the last', async (t) => {
  const slow = `
    process.on('SIGTERM', () => {
      if (globalThis.heard) process.exit(7);
      globalThis.heard = true;
      console.log('heard SIGTERM');
    });
    setInterval(() => {}, 60_000);
    console.log('up');`;
  const cwd = directoryWith(t, { 'app.js': slow });
  const command = startCommand(t, ['--watch', 'app.js'], { cwd, env });
  await command.seen(/up\n/, 'stdout');
  command.process.kill('SIGTERM');
  await command.seen(/heard SIGTERM\n/, 'stdout');
  writeFileSync(path.join(cwd, 'app.js'), tells);
  assert.deepEqual(await command.exited, { code: 7, signal: null });
  assert.equal(command.stdout, 'up\nheard SIGTERM\n');
});

test('--watch: an app that takes longer than --stop-timeout to end gets SIGKILL', async (t) => {
  const stubborn = `process.on('SIGTERM', () => console.log('heard')); setInterval(() => {}, 60_000); console.log(process.pid);`;
  const cwd = directoryWith(t, { 'app.js': stubborn });
  const command = startCommand(t, ['--watch', '--stop-timeout', '50', 'app.js'], { cwd, env });
  const [, pid] = await command.seen(/(\d+)\n/, 'stdout');
  writeFileSync(path.join(cwd, 'app.js'), tells);
  await command.seen(/heard\n\{/, 'stdout');
  assert.equal(isAlive(Number(pid)), false);
});

test('--watch: what is not there yet is waited for, and a signal ends that', async (t) => {
  const cwd = directoryWith(t, {});
  const command = startCommand(t, ['--watch', 'app.js'], { cwd, env });
  await command.seen(/There is no app "app\.js".*\nbaton: waiting for a file to change\n/);
  writeFileSync(path.join(cwd, 'app.js'), 'process.exit();');
  await command.seen(/the app ended with code 0: waiting/);
  command.process.kill('SIGINT');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('Ctrl-C reaches the app once', { skip: withoutTerminal }, async (t) => {
  const cwd = directoryWith(t, {
    'app.js': `
      process.on('SIGINT', () => console.log('heard SIGINT'));
      process.on('SIGTERM', () => process.exit(7));
      setInterval(() => {}, 60_000);
      console.log('up');`,
  });
  const baton = path.join(root, 'packages/core/bin/baton.js');
  const terminal = new Terminal(t, [process.execPath, baton, '--cwd', cwd, 'app.js'], env);
  await terminal.shows(/up\n/);
  terminal.press('C-c');
  await terminal.shows(/heard SIGINT/);
  const { pid } = terminal;
  assert.ok(pid !== undefined);
  const [child = 0] = childrenOf(pid);
  // What the launcher has to pass on comes after what it has got before.
  process.kill(pid, 'SIGTERM');
  await until(() => !isAlive(child), 'the app has ended');
  await terminal.shows(/exit code 7/);
  assert.equal(terminal.screen().match(/heard SIGINT/g)?.length, 1);
});

for (const platform of ['darwin', 'win32']) {
  test(`as on ${platform}: a machine that Baton has no addon for`, async (t) => {
    const cwd = directoryWith(t, { 'app.js': 'console.log(process.platform); process.exitCode = 5;' });
    const file = installBaton(cwd);
    rmSync(path.join(cwd, 'node_modules/@baton/core/native'), { recursive: true });
    const options = {
      cwd,
      file,
      execArgv: ['--require', app('as-elsewhere.cjs')],
      env: { AS_PLATFORM: platform },
    };
    const outcome = await outcomeOf(t, ['-w', '4', 'app.js'], options);
    assert.deepEqual([outcome.code, outcome.stdout], [5, `${platform}\n`]);
    const absent = `baton: Baton has no native addon for ${platform} ${process.arch}.`;
    assert.equal(outcome.stderr, warning.replace('baton: BATON_ADDON is set to none.', absent));
    const config = await outcomeOf(t, ['config'], options);
    assert.deepEqual([config.code, config.stderr], [0, '']);
    const status = await outcomeOf(t, ['status'], options);
    assert.equal(status.code, 1);
    assert.match(
      status.stderr,
      new RegExp(`The command status does not work here. Baton has no native addon for ${platform}`),
    );
    const build = await outcomeOf(t, ['build-addon'], options);
    assert.equal(build.code, 1);
    assert.match(
      build.stderr,
      /addon was not built\. This is \w+ \w+, Node .*Baton runs workers only on Linux/,
    );
    const watching = startCommand(t, ['--watch', 'app.js'], options);
    await watching.seen(/the app ended with code 5: waiting for a file to change\n/);
    writeFileSync(path.join(cwd, 'app.js'), 'console.log("again"); setInterval(() => {}, 60_000);');
    await watching.seen(/again\n/, 'stdout');
    writeFileSync(path.join(cwd, 'app.js'), 'process.exit(6);');
    await watching.seen(/the app ended with code 6: waiting/);
    watching.process.kill('SIGINT');
    assert.deepEqual(await watching.exited, { code: 0, signal: null });
  });
}

test('on Linux x64 and arm64 an addon that is missing is an error', async (t) => {
  const cwd = directoryWith(t, { 'app.js': 'console.log("ran");' });
  const file = installBaton(cwd);
  const native = path.join(cwd, 'node_modules/@baton/core/native');
  rmSync(native, { recursive: true });
  for (const args of [['app.js'], ['--watch', 'app.js'], ['status']]) {
    const outcome = await outcomeOf(t, args, { cwd, file });
    assert.deepEqual([outcome.code, outcome.stdout], [1, '']);
    assert.match(outcome.stderr, /^baton: Baton's native addon could not be loaded on linux \w+, .*\n$/);
    assert.ok(outcome.stderr.includes(path.join(native, 'build/Release')));
    assert.ok(outcome.stderr.includes(path.join(native, `prebuilds/linux-${process.arch}/baton.`)));
    assert.match(outcome.stderr, /Install it again /);
    assert.ok(outcome.stderr.includes(`"node ${file} build-addon"`), outcome.stderr);
  }
});

test('without an addon, all may be imported; only a Primary throws', async (t) => {
  const cwd = directoryWith(t, {
    'app.mjs': `
      import { Primary } from '@baton/core';
      import { worker } from '@baton/core/worker';
      import '@baton/core/register';
      try {
        new Primary({ app: 'app.js' });
      } catch (error) {
        console.log(worker.isWorker, error.code, error.message, error.cause !== undefined);
      }`,
  });
  const app = path.join(cwd, 'app.mjs');
  const first = installBaton(cwd);
  const switchedOff = await outcomeOf(t, [], { cwd, file: app, env });
  assert.match(
    switchedOff.stdout,
    /^false BATON_ADDON_NOT_LOADED .*BATON_ADDON is set to none\. Unset it\. false\n$/,
  );
  rmSync(path.join(path.dirname(first), '../native'), { recursive: true });
  const missing = await outcomeOf(t, [], { cwd, file: app });
  assert.match(missing.stdout, /^false BATON_ADDON_NOT_LOADED .* exists\..* true\n$/);
});

test('--no-addons is named where it forbids addons', async (t) => {
  const cwd = directoryWith(t, { 'app.js': '' });
  const { code, stderr } = await outcomeOf(t, ['app.js'], { cwd, execArgv: ['--no-addons'] });
  assert.equal(code, 1);
  assert.match(stderr, /Node's option --no-addons forbids it\. Remove it from/);
});

const hasNetPermission = process.allowedNodeEnvironmentFlags.has('--allow-net');
const permission = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission';

test('under the permission model it is told what Baton needs, and that is enough', async (t) => {
  const cwd = directoryWith(t, {
    'app.js': `require('node:http').createServer().listen(0, '127.0.0.1');`,
  });
  const own = { XDG_RUNTIME_DIR: realpathSync(temporaryDirectory(t)) };
  const few = [permission, '--allow-fs-read=*', '--allow-child-process'];
  const { code, stderr } = await outcomeOf(t, ['app.js'], { cwd, env: own, execArgv: few });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Node's option ${permission} forbids it\\. Also give node`));
  const needed: string[] = stderr.match(/--allow-(\S+\/\*|[\w=*-]+)/g) ?? [];
  const execArgv = [permission, ...needed];
  assert.equal(needed.includes('--allow-net'), hasNetPermission);
  const command = startCommand(t, ['-w', '1', '--metrics', '0', 'app.js'], { cwd, env: own, execArgv });
  await command.seen(/metrics +http:[^]*primary +[\w-]+, pid/);
  assert.doesNotMatch(command.stderr, /^baton: Baton cannot have a/m);
});

const skipped = { skip: !hasNetPermission && 'this node has no --allow-net' };

test('under the permission model, metrics that may not listen are told', skipped, async (t) => {
  const cwd = directoryWith(t, { 'app.js': '' });
  const execArgv = [permission, '--allow-fs-read=*', '--allow-child-process', '--allow-addons'];
  const { code, stderr } = await outcomeOf(t, ['--no-control', 'app.js'], { cwd, execArgv });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /baton: The metrics server cannot listen on 127\.0\.0\.1:22866 \(ERR_ACCESS_DENIED: node was started without --allow-net\)/,
  );
});

test('the Fastify plugin runs as without Baton', async (t) => {
  const { directory, file: plain } = fastifyApp(t);
  const file = installBaton(directory);
  rmSync(path.join(directory, 'node_modules/@baton/core/native'), { recursive: true });
  const expected = { isWorker: false, health: 200 };
  // By itself, with an addon that is not there; and under the command, with one that is switched off.
  for (const [args, more] of [
    [[], { file: plain }],
    [['app.mjs'], { file, env }],
  ] as const) {
    const command = startCommand(t, args, { cwd: directory, ...more });
    const [line] = await command.seen(/^\{.*\}\n/, 'stdout');
    assert.deepEqual(JSON.parse(line), expected);
    assert.deepEqual(await command.exited, { code: 0, signal: null });
  }
});

/** An app with Fastify and the plugin, that asks itself, and ends. */
function fastifyApp(t: TestContext): { directory: string; file: string } {
  const directory = realpathSync(temporaryDirectory(t));
  const modules = path.join(directory, 'node_modules');
  const plugin = path.join(root, 'packages/fastify-plugin');
  for (const part of ['package.json', 'dist'])
    cpSync(path.join(plugin, part), path.join(modules, '@baton/fastify-plugin', part), { recursive: true });
  installDependency('fastify-plugin', plugin, modules);
  installDependency('fastify', path.join(root, 'test'), modules);
  const file = path.join(directory, 'app.mjs');
  const content = `
    import baton from '@baton/fastify-plugin';
    import Fastify from 'fastify';
    const app = Fastify();
    await app.register(baton, { healthRoutes: true });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const { status } = await fetch(app.listeningOrigin + '/readyz');
    console.log(JSON.stringify({ isWorker: app.baton.isWorker, health: status }));
    await app.close();`;
  writeFileSync(file, content);
  return { directory, file };
}
