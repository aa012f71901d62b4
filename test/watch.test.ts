// Running with --watch.
import assert from 'node:assert/strict';
import { realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask } from './client.js';
import { startCommand, temporaryDirectory, until, type Command } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';

function server(version: number): string {
  return `
    const body = JSON.stringify({ slot: ${version}, pid: process.pid });
    require('node:http').createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');`;
}

interface Directory {
  cwd: string;
  file: string;
  env: NodeJS.ProcessEnv;
}

/** A directory with an `app.js`. */
function directoryWith(t: TestContext, app: string): Directory {
  const cwd = realpathSync(temporaryDirectory(t));
  const file = path.join(cwd, 'app.js');
  writeFileSync(file, app);
  return { cwd, file, env: { XDG_RUNTIME_DIR: temporaryDirectory(t) } };
}

/** Watches such a directory, in which there is a configuration too. The first version of the app serves. */
async function startWatching(
  t: TestContext,
  args: readonly string[] = ['-w', '1'],
): Promise<Directory & { command: Command; port: number }> {
  const directory = directoryWith(t, server(1));
  const { cwd, env } = directory;
  writeFileSync(
    path.join(cwd, 'baton.config.json'),
    '{"app": "app.js", "watch": true, "workers": 1, "metrics": false}',
  );
  const command = startCommand(t, args, { cwd, env });
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
  return { ...directory, command, port: Number(port) };
}

test('an app that cannot start gets another chance at the next change', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  const file = path.join(cwd, 'app.js');
  writeFileSync(file, 'throw new Error("not yet");');
  const command = startCommand(t, ['--watch', '--no-metrics', '-w', '1', 'app.js'], { cwd });
  await command.seen(/No worker could start app\.js.*\nbaton: waiting for a file to change\n/);
  assert.match(command.stderr, /not yet/);
  writeFileSync(file, server(7));
  await command.seen(/baton: app\.js changed: starting again\n/);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  assert.equal((await ask({ port: Number(port), host: '127.0.0.1' })).slot, 7);
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('a signal ends the waiting for a change', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  const command = startCommand(t, ['--watch', '--no-metrics', '-w', '1', 'app.js'], { cwd });
  await command.seen(/There is no app "app\.js".*\nbaton: waiting for a file to change\n/);
  command.process.kill('SIGINT');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('what no change of a file can mend ends it', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  writeFileSync(path.join(cwd, 'app.js'), server(1));
  const command = startCommand(t, ['--watch', '--metrics', '192.0.2.1:1', 'app.js'], { cwd });
  assert.equal((await command.exited).code, 1);
  assert.match(command.stderr, /metrics server cannot listen on 192\.0\.2\.1:1/);
});

test('a change reloads the app, and no client notices', async (t) => {
  const { command, file, port } = await startWatching(t, ['-w', '2']);
  const target = { port, host: '127.0.0.1' };
  let version = 1;
  const seen = await keepAskingWhile(target, 8, async () => {
    for (version = 2; version <= 3; version++) {
      writeFileSync(file, server(version));
      await until(async () => (await ask(target)).slot === version, 'the new version answers');
    }
  });
  assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
  // A worker that the first reload starts late may have read the last version already.
  await command.seen(/(baton: app\.js changed: reloading\n[^]*){2}/);
  assert.equal(command.stderr.match(/baton: app\.js changed: reloading\n/g)?.length, 2);
});

test('a change that fails is told, the old version goes on, and the next change mends it', async (t) => {
  const { command, file, port } = await startWatching(t);
  const target = { port, host: '127.0.0.1' };
  writeFileSync(file, 'throw new Error("not this way");');
  await command.seen(/baton: The reload failed: 0 of 1 .* before it was ready\.\nError: not this way\n/);
  assert.equal((await ask(target)).slot, 1);
  writeFileSync(file, server(2));
  await until(async () => (await ask(target)).slot === 2, 'the new version answers');
});

test('what changes during a reload is reloaded after it', async (t) => {
  const { command, file, port } = await startWatching(t);
  const target = { port, host: '127.0.0.1' };
  writeFileSync(file, 'console.log("loaded", process.pid); setTimeout(() => {}, 60_000);');
  const [, pid] = await command.seen(/loaded (\d+)\n/, 'stdout');
  writeFileSync(file, server(2));
  process.kill(Number(pid), 'SIGKILL');
  await command.seen(/baton: The reload failed.* ended by SIGKILL before it was ready\.\n/);
  await until(async () => (await ask(target)).slot === 2, 'the new version answers');
});

test('a change of the configuration reloads the app, as it says', async (t) => {
  const { command, cwd, port } = await startWatching(t, []);
  const target = { port, host: '127.0.0.1' };
  const configure = (settings: object): void => {
    const content = { app: 'app.js', watch: true, workers: 1, metrics: false, ...settings };
    writeFileSync(path.join(cwd, 'baton.config.json'), JSON.stringify(content));
  };
  configure({ app: 'other.js' });
  await command.seen(/baton: baton\.config\.json changed: reloading\n[^]*There is no app "other\.js" in/);
  assert.equal((await ask(target)).slot, 1);
  writeFileSync(path.join(cwd, 'other.js'), server(2));
  await until(async () => (await ask(target)).slot === 2, 'the other app answers');
  configure({ app: 'other.js', policy: 'sticky', workers: 3 });
  await command.seen(
    /baton: changed settings that take effect only when you restart baton: workers, policy\n/,
  );
});

test('a configuration that keeps the app from starting can be mended too', async (t) => {
  const cwd = realpathSync(temporaryDirectory(t));
  const file = path.join(cwd, 'baton.config.json');
  writeFileSync(file, '{"app": "app.js", "watch": true, "workers": 1, "metrics": false}');
  const command = startCommand(t, [], { cwd });
  await command.seen(/There is no app "app\.js".*\nbaton: waiting for a file to change\n/);
  writeFileSync(file, '{"app": "app.js", "watch": true, "wokers": 1}');
  await command.seen(/no setting "wokers".*\nbaton: waiting for a file to change\n/);
  writeFileSync(path.join(cwd, 'other.js'), server(7));
  writeFileSync(file, '{"app": "other.js", "watch": true, "workers": 1, "metrics": false}');
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  assert.equal((await ask({ port: Number(port), host: '127.0.0.1' })).slot, 7);
});

test('HUP reloads, and baton stop ends it', async (t) => {
  const { command, cwd, env } = await startWatching(t, ['--name', 'api']);
  command.process.kill('SIGHUP');
  await command.seen(/baton: reloading to generation 2\nbaton: reloaded in/);
  const stop = startCommand(t, ['stop', '--name', 'api'], { cwd, env });
  assert.deepEqual(await stop.exited, { code: 0, signal: null });
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('baton stop ends it while the app starts', async (t) => {
  const { cwd, env } = directoryWith(t, 'console.log("loaded"); setTimeout(() => {}, 60_000);');
  const args = ['--watch', '--no-metrics', '-w', '1', '--name', 'api', 'app.js'];
  const command = startCommand(t, args, { cwd, env });
  await command.seen(/loaded/, 'stdout');
  const stop = startCommand(t, ['stop', '--name', 'api'], { cwd, env });
  assert.deepEqual(await stop.exited, { code: 0, signal: null });
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

test('TERM during a reload ends it, with exit code 0', async (t) => {
  const { command, file } = await startWatching(t);
  writeFileSync(file, 'console.log("loaded"); setTimeout(() => {}, 60_000);');
  await command.seen(/loaded/, 'stdout');
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  assert.match(
    command.stderr,
    /app\.js changed: reloading\nbaton: reloading to generation 2\nbaton: SIGTERM: stopping the workers\n$/,
  );
});
