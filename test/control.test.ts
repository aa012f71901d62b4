// The control socket, as a person uses it: commands for an app that runs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { PrimaryStatus } from '@baton/core';
import { ask } from './client.js';
import { app, isAlive, openFds, startCommand, temporaryDirectory, type Command } from './harness.js';

interface Runtime {
  env: NodeJS.ProcessEnv;
  /** Where the control sockets are. */
  directory: string;
}

function runtime(test: TestContext): Runtime {
  const XDG_RUNTIME_DIR = temporaryDirectory(test);
  return { env: { XDG_RUNTIME_DIR, HOST: '127.0.0.1' }, directory: path.join(XDG_RUNTIME_DIR, 'baton') };
}

/** An app that serves, under a name. */
async function startApp(
  test: TestContext,
  { env }: Runtime,
  name: string,
  args: readonly string[] = [app('http.cjs')],
): Promise<Command> {
  const command = startCommand(test, ['--no-metrics', '--name', name, '-w', '2', ...args], { env });
  await command.seen(/primary +.*pid/);
  return command;
}

/** What came of a command that ends by itself. */
async function outcome(
  test: TestContext,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string },
): Promise<Command & { code: number | null }> {
  const command = startCommand(test, args, options);
  const { code } = await command.exited;
  return Object.assign(command, { code });
}

for (const handoff of ['connections', 'listeners']) {
  test(`handoff of ${handoff}: status shows the ports that the kernel chose`, async (t) => {
    const place = runtime(t);
    const file = path.join(temporaryDirectory(t), 'udp-first.cjs');
    const udp = "require('node:dgram').createSocket('udp4').bind(0, '127.0.0.1');";
    writeFileSync(file, `${udp} require(${JSON.stringify(app('two-servers.cjs'))});`);
    const api = await startApp(t, place, 'api', ['--handoff', handoff, file]);
    const told = [...api.stderr.matchAll(/listening +(127\.0\.0\.1:\d+)/g)].map(([, address]) => address);
    // The UDP socket is among them, but has no connections.
    assert.equal(told.length, 3);
    const { stdout } = await outcome(t, ['status', '--json', '--name', 'api'], place);
    const [only, ...others] = (JSON.parse(stdout) as PrimaryStatus).listeners;
    assert.ok(only?.addresses !== undefined && others.length === 0);
    assert.equal(only.listener, '127.0.0.1:0');
    assert.equal(only.addresses.length, 2);
    for (const address of only.addresses) {
      assert.ok(told.includes(address));
      const [host = '', port = ''] = address.split(':');
      assert.equal((await ask({ port: Number(port), host })).path, '/');
    }
    const shown = await outcome(t, ['status', '--name', 'api'], place);
    const text = `listening   ${only.addresses.join(', ')}  2 accepted`;
    assert.ok(shown.stdout.includes(text), shown.stdout);
  });
}

test('scale changes the number of workers, and says what happens', async (t) => {
  const place = runtime(t);
  const api = await startApp(t, place, 'api');
  const [, port] = await api.seen(/listening +127\.0\.0\.1:(\d+)/);
  const up = await outcome(t, ['scale', '+1', '--name', 'api'], place);
  assert.equal(up.code, 0, up.stderr);
  assert.match(up.stdout, /^worker 2 \(pid \d+\) starting$/m);
  assert.match(up.stdout, /^worker 2 \(pid \d+\) ready$/m);
  assert.match(up.stdout, /^scaled to 3 workers in \d+\.\d s\n$/m);
  const down = await outcome(t, ['scale', '-2', '--name', 'api'], place);
  assert.match(down.stdout, /^worker 1 \(pid \d+\) stopped$/m);
  assert.match(down.stdout, /^scaled to 1 worker in/m);
  const exact = await outcome(t, ['scale', '--name=api', '2'], place);
  assert.match(exact.stdout, /^scaled to 2 workers in/m);
  const none = await outcome(t, ['scale', '-2', '--name', 'api'], place);
  assert.deepEqual([none.code, none.stdout], [1, '']);
  assert.match(none.stderr, /^baton: The option workers must be a whole number from 1 .* it is 0\.\n$/);
  assert.equal((await ask({ port, host: '127.0.0.1' })).slot >= 0, true);
});

test('stop returns when the primary is gone, with the name free, and the app ended well', async (t) => {
  const place = runtime(t);
  const api = await startApp(t, place, 'api', [app('graceful.cjs')]);
  const stop = await outcome(t, ['stop', '--name', 'api'], place);
  assert.equal(stop.code, 0, stop.stderr);
  assert.match(stop.stdout, new RegExp(`^stopped the primary \\(pid ${api.pid}\\) in \\d+\\.\\d s\\n$`, 'm'));
  assert.match(stop.stdout, /^worker 0 \(pid \d+\) stopped$/m);
  assert.deepEqual(await api.exited, { code: 0, signal: null });
  assert.ok(!existsSync(path.join(place.directory, 'api.sock')));
  const again = await outcome(t, ['stop', '--name', 'api'], place);
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /^baton: No primary has the name "api"\. None is running for this user\. Start one, as in "baton app\.js"\.\n$/,
  );
  await startApp(t, place, 'api');
});

test('stop ends an app that is still starting', async (t) => {
  const place = runtime(t);
  const api = startCommand(t, ['--no-metrics', '--name', 'api', '-w', '1', app('announces.cjs')], place);
  await api.seen(/loaded/, 'stdout');
  const stop = await outcome(t, ['stop', '--name', 'api'], place);
  assert.equal(stop.code, 0, stop.stderr);
  assert.deepEqual(await api.exited, { code: 0, signal: null });
  assert.equal(
    api.stderr,
    `baton: stop: requested by process ${stop.pid} (uid ${process.getuid?.()}) over the control socket\n`,
  );
});

test('a signal ends the control socket with the app', async (t) => {
  const place = runtime(t);
  const api = await startApp(t, place, 'api');
  assert.ok(existsSync(path.join(place.directory, 'api.sock')));
  api.process.kill('SIGTERM');
  assert.deepEqual(await api.exited, { code: 0, signal: null });
  assert.ok(!existsSync(path.join(place.directory, 'api.sock')));
});

test('what the primary cannot do is told, and ends the command with 1', async (t) => {
  const place = runtime(t);
  await startApp(t, place, 'api');
  const wrong = await outcome(t, ['scale', 'many', '--name', 'api'], place);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /It must be a number of workers, such as 4, or a change/);
  const unknown = await outcome(t, ['stop', '--now', '--name', 'api'], place);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /Unknown option '--now'/);
});

test('a name that is taken is refused before anything starts, with the pid of who has it', async (t) => {
  const place = runtime(t);
  const first = await startApp(t, place, 'api');
  const second = await outcome(t, ['--no-metrics', '--name', 'api', app('announces.cjs')], place);
  assert.equal(second.code, 1);
  assert.equal(second.stdout, '', 'no worker was started');
  const message = new RegExp(
    `^baton: The name "api" is already used by the primary with pid ${first.pid}, which runs .*http\\.cjs in .*--name`,
  );
  assert.match(second.stderr, message);
});

test('two names run side by side, and commands reach the one that they name', async (t) => {
  const place = runtime(t);
  const api = await startApp(t, place, 'api');
  const web = await startApp(t, place, 'web');
  const missing = await outcome(t, ['stop', '--name', 'nobody'], place);
  assert.match(missing.stderr, /"nobody"\. Running: api \(.*\), web \(.*\);/);
  await outcome(t, ['stop', '--name', 'web'], place);
  assert.deepEqual(await web.exited, { code: 0, signal: null });
  assert.ok(isAlive(api.pid));
});

test('the name of a primary that is killed is free at once, though its socket is left', async (t) => {
  const place = runtime(t);
  const first = await startApp(t, place, 'api');
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  assert.ok(existsSync(path.join(place.directory, 'api.sock')));
  const stop = await outcome(t, ['stop', '--name', 'api'], place);
  assert.match(stop.stderr, /No primary has the name "api"\. None is running/);
  const second = await startApp(t, place, 'api');
  const lock = readFileSync(path.join(place.directory, 'api.lock'), 'utf8');
  assert.equal((JSON.parse(lock) as { pid: number }).pid, second.pid);
  assert.equal((await outcome(t, ['stop', '--name', 'api'], place)).code, 0);
  assert.deepEqual(readdirSync(place.directory), []);
});

test('the default name is that of the package, for the app and for commands', async (t) => {
  const { env } = runtime(t);
  const cwd = temporaryDirectory(t);
  writeFileSync(path.join(cwd, 'package.json'), '{"name":"@acme/shop"}');
  const shop = startCommand(t, ['--no-metrics', '-w', '1', app('http.cjs')], { env, cwd });
  await shop.seen(/primary +acme-shop, pid/);
  const stop = await outcome(t, ['stop'], { env, cwd });
  assert.equal(stop.code, 0, stop.stderr);
  assert.equal((await shop.exited).code, 0);
});

test('--no-control has no control socket, and no name that could be taken', async (t) => {
  const place = runtime(t);
  await startApp(t, place, 'api');
  const bare = await startApp(t, place, 'api', ['--no-control', app('http.cjs')]);
  assert.match(bare.stderr, /primary +pid/);
});

test('without a directory that can be trusted, or made, the app runs without a control socket', async (t) => {
  const place = runtime(t);
  mkdirSync(place.directory);
  chmodSync(place.directory, 0o777);
  const alone = await startApp(t, place, 'api');
  assert.match(alone.stderr, /^baton: Baton does not trust the control socket: .*0777.*\(--no-control\)\.$/m);
  assert.match(alone.stderr, /primary +pid/);
  assert.deepEqual(readdirSync(place.directory), []);
  const refused = await outcome(t, ['status', '--name', 'api'], place);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^baton: Baton does not trust the control socket/);
  const missing = {
    env: { ...place.env, XDG_RUNTIME_DIR: path.join(place.directory, 'missing') },
    directory: '',
  };
  const warned = await startApp(t, missing, 'api');
  assert.match(warned.stderr, /^baton: Baton cannot have a control socket: .*ENOENT/);
  assert.match(warned.stderr, /primary +pid/);
});

test('workers do not inherit the lock', async (t) => {
  const place = runtime(t);
  const api = await startApp(t, place, 'api', [app('environment.cjs')]);
  const [, pids = ''] = await api.seen(/\(pid ([\d, ]+)\)/);
  for (const pid of pids.split(', ')) {
    const isOpen = [...openFds(Number(pid)).values()].filter((target) => target.includes('api.lock'));
    assert.deepEqual(isOpen, []);
  }
});
