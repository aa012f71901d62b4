// Several apps of one package, and on one host, that are started without an option.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { PrimaryStatus } from '@baton/core';
import { ask, httpRequest } from './client.js';
import { app, startCommand, startPrimary, temporaryDirectory, type Command } from './harness.js';

const workerModule = createRequire(import.meta.url).resolve('@baton/core/worker');

/** Tells its worker's view of the primary's admin server. */
const server = `
  const { worker } = require(${JSON.stringify(workerModule)});
  const body = JSON.stringify({ adminUrl: worker.adminUrl });
  require('node:http').createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');`;

interface Package {
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** The package `shop`, with apps of these names, of a user with no primary. */
function shopWith(t: TestContext, ...apps: readonly string[]): Package {
  const cwd = path.join(realpathSync(temporaryDirectory(t)), 'shop');
  mkdirSync(cwd);
  writeFileSync(path.join(cwd, 'package.json'), '{"name":"shop"}');
  for (const name of apps) writeFileSync(path.join(cwd, name), server);
  return { cwd, env: { XDG_RUNTIME_DIR: temporaryDirectory(t), WEB_CONCURRENCY: '1', PWD: cwd } };
}

interface Started {
  command: Command;
  name: string;
  port: number;
  metricsUrl: string;
}

/** Starts an app; resolves when it is up. */
async function start(t: TestContext, place: Package, ...args: readonly string[]): Promise<Started> {
  const command = startCommand(t, args, place);
  const [, port, metricsUrl = '', name = ''] = await command.seen(
    /listening +127\.0\.0\.1:(\d+)\n(?: +status +\S+\n)? +metrics +(\S+)\n.*\n +primary +(\S+), pid/,
  );
  return { command, name, port: Number(port), metricsUrl };
}

/** What came of a command that ends by itself. */
async function outcome(t: TestContext, args: readonly string[], place: Package) {
  const command = startCommand(t, args, place);
  const { code } = await command.exited;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

test('two apps of a package: the second is named after its file, and a command without a name touches neither', async (t) => {
  const place = shopWith(t, 'app.js', 'admin.js');
  const first = await start(t, place, 'app.js');
  const second = await start(t, place, 'admin.js');
  assert.deepEqual([first.name, second.name], ['shop', 'shop-admin']);
  assert.doesNotMatch(first.command.stderr, /name/);
  const warning = `baton: The name "shop" is already used by the primary with pid ${first.command.pid}, which runs app.js in ${place.cwd}; `;
  assert.equal(second.command.stderr.split(warning).length, 2, second.command.stderr);
  for (const words of [['status'], ['reload'], ['scale', '2'], ['stop']]) {
    const { code, stdout, stderr } = await outcome(t, words, place);
    const command = `baton ${words.join(' ')}`;
    assert.deepEqual([code, stdout], [1, '']);
    assert.equal(
      stderr,
      `baton: Several primaries run in ${place.cwd}. Choose one:\n` +
        `  ${command} --name shop         # app.js, pid ${first.command.pid}\n` +
        `  ${command} --name shop-admin   # admin.js, pid ${second.command.pid}\n`,
    );
  }
  const reload = await outcome(t, ['reload', '--name', 'shop-admin'], place);
  assert.match(reload.stdout, /^reloaded 1 worker to generation 2/m);
  const stop = await outcome(t, ['stop', '--name', 'shop'], place);
  assert.equal(stop.code, 0, stop.stderr);
  assert.equal((await first.command.exited).code, 0);
  // It is the only one now, whatever its name.
  const status = await outcome(t, ['status', '--json'], place);
  const { name, generation } = JSON.parse(status.stdout) as PrimaryStatus;
  assert.deepEqual([name, generation], ['shop-admin', 2]);
  assert.equal((await outcome(t, ['stop'], place)).code, 0);
  const none = await outcome(t, ['stop'], place);
  const advice = 'Start one, as in "baton app.js".';
  assert.equal(
    none.stderr,
    `baton: No primary runs in ${place.cwd}. None is running for this user. ${advice}\n`,
  );
});

test('four at the same moment: each has a name, and metrics, of its own', async (t) => {
  const place = shopWith(t, 'app.js');
  const starts = Array.from({ length: 4 }, (_, index) =>
    start(t, place, ...(index === 0 ? ['--watch'] : []), 'app.js'),
  );
  const started = await Promise.all(starts);
  const names = started.map(({ name }) => name).toSorted();
  assert.deepEqual(names, ['shop', 'shop-app', 'shop-app-2', 'shop-app-3']);
  assert.equal(new Set(started.map(({ metricsUrl }) => metricsUrl)).size, 4);
  await Promise.all(
    started.map(async ({ command, name, port, metricsUrl }) => {
      const { stdout } = await outcome(t, ['status', '--json', '--name', name], place);
      const status = JSON.parse(stdout) as PrimaryStatus;
      assert.deepEqual([status.pid, status.name, status.metricsUrl], [command.pid, name, metricsUrl]);
      const { adminUrl } = (await ask({ port, host: '127.0.0.1' })) as unknown as { adminUrl: string };
      assert.equal(`${adminUrl}/metrics`, metricsUrl);
      const { text } = await httpRequest(`${adminUrl}/status`);
      assert.equal((JSON.parse(text) as PrimaryStatus).pid, command.pid);
    }),
  );
});

test('a command reaches the release to which the link leads, from there and by the link', async (t) => {
  const place = shopWith(t, 'app.js');
  const current = path.join(path.dirname(place.cwd), 'current');
  symlinkSync(place.cwd, current);
  const byLink = { cwd: current, env: { ...place.env, PWD: current } };
  await start(t, byLink, '--name', 'till', 'app.js');
  for (const from of [place, byLink]) {
    const { stdout, stderr } = await outcome(t, ['status', '--json'], from);
    assert.equal((JSON.parse(stdout || '{}') as PrimaryStatus).name, 'till', stderr);
  }
  const env = { ...place.env, BATON_CWD: current };
  const elsewhere = await outcome(t, ['status'], { cwd: path.dirname(current), env });
  assert.equal(elsewhere.code, 0, elsewhere.stderr);
});

/** Sees to it that somebody listens where metrics are by default: this test, unless another process does. */
async function takeDefaultPort(t: TestContext): Promise<void> {
  const other = createServer().listen(22_866, '127.0.0.1');
  t.after(() => other.close());
  await Promise.race([once(other, 'listening'), once(other, 'error')]).catch((error: unknown) => {
    assert.equal((error as NodeJS.ErrnoException).code, 'EADDRINUSE');
  });
}

test('metrics whose default port is in use are served at the next, which is told; a port that was given is not changed', async (t) => {
  await takeDefaultPort(t);
  const place = shopWith(t, 'app.js');
  const { command, metricsUrl } = await start(t, place, 'app.js');
  const [, port] = /^http:\/\/127\.0\.0\.1:(\d+)\/metrics$/.exec(metricsUrl) ?? [];
  assert.ok(Number(port) > 22_866 && Number(port) < 22_966, metricsUrl);
  const warning = `baton: The default metrics port, 22866, is in use; the metrics are at ${metricsUrl}. `;
  assert.equal(command.stderr.split(warning).length, 2, command.stderr);
  assert.equal((await httpRequest(metricsUrl)).status, 200);
  for (const given of ['22866', '127.0.0.1:22866']) {
    const refused = await outcome(t, ['--metrics', given, '--name', 'other', 'app.js'], place);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^baton: The metrics server cannot listen on 127\.0\.0\.1:22866 \(EADDR/);
  }
  writeFileSync(path.join(place.cwd, 'baton.config.json'), '{"metrics": {"host": "127.0.0.1"}}');
  await start(t, place, 'app.js');
  writeFileSync(path.join(place.cwd, 'baton.config.json'), '{"metrics": {"port": 22866}}');
  assert.equal((await outcome(t, ['app.js'], place)).code, 1);
});

test('in code too, a default port and a default name make room, with a warning, and what was given does not', async (t) => {
  await takeDefaultPort(t);
  const place = shopWith(t, 'app.js');
  const first = await start(t, place, '--name', 'shop', 'app.js');
  process.env['XDG_RUNTIME_DIR'] = place.env['XDG_RUNTIME_DIR'];
  const options = { app: app('http.cjs'), workers: 1 };
  const warnings: string[] = [];
  const hear = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const second = await startPrimary(t, { ...options, defaultName: 'shop', metrics: {} });
  assert.deepEqual([first.name, second.name], ['shop', 'shop-http']);
  assert.equal(second.status().name, 'shop-http');
  assert.match(second.metricsUrl ?? '', /:22[89]\d\d\/metrics$/);
  await new Promise(setImmediate);
  for (const start of ['The name "shop" is already used by', 'The default metrics port, 22866, is in use'])
    assert.equal(warnings.filter((text) => text.startsWith(start)).length, 1, start);
  await assert.rejects(startPrimary(t, { ...options, name: 'shop', defaultName: 'till' }), {
    code: 'BATON_NAME_TAKEN',
  });
  const metrics = { port: 22_866 };
  await assert.rejects(startPrimary(t, { ...options, metrics }), { code: 'BATON_METRICS_LISTEN' });
});
