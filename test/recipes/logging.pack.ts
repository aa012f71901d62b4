// docs/recipes/logging.md: no line of pino's is lost where the page says so, and rotated files are written on.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { httpRequest } from '../client.js';
import { fileOf } from '../docs/page.js';
import { root, startCommand, temporaryDirectory, until } from '../harness.js';
import { install } from './installed.js';
import { allAreTaken, batonArguments } from './shown.js';

const page = 'docs/recipes/logging.md';
const own = ['-w', '1', '--probation', '0', '--no-metrics'];

let cwd = '';
before(async () => {
  cwd = await install(page, [/^npm i pino$/]);
});

test('with --log-format json, all lines are JSON: those of the app, and those of Baton', async (t) => {
  const args = [...own, ...batonArguments(page, /--log-format json/)];
  const command = startCommand(t, args, { cwd, env: { PORT: '0' } });
  const [, host = ''] = await command.seen(/"listening":\["([\d.:]+)"\]/);
  await httpRequest(`http://${host}/some`);
  command.process.kill('SIGTERM');
  await command.exited;
  const ofApp = parseLines(command.stdout);
  const [pid] = [...command.stderr.matchAll(/"workerPids":\[(\d+)\]/g)].map(([, found]) => Number(found));
  assert.deepEqual(
    ofApp.map(({ slot, pid, url, msg }) => ({ slot, pid, url, msg })),
    [{ slot: 0, pid, url: '/some', msg: 'request' }],
  );
  assert.ok(parseLines(command.stderr).every(({ time, level, msg }) => time && level && msg));
});

function parseLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** They fit into the buffer of a logger that has one. */
const lines = 20;

/** An app that writes these lines at each request. `end`: what it does at SIGTERM. */
function buffering(logger: string, end: string): string {
  return `
    const pino = require('pino');
    const log = pino(${logger});
    const server = require('node:http').createServer((request, response) => {
      for (let line = 0; line < ${lines}; line++) log.info({ line }, 'of many');
      response.end();
    });
    server.listen(0, '127.0.0.1');
    ${end}`;
}

const [, listens = ''] =
  /```js\n(process\.once\('SIGTERM'.*)\n```/.exec(readFileSync(path.join(root, page), 'utf8')) ?? [];
const loggers = {
  'pino.destination(file)': "pino.destination({ dest: 'app.log' })",
  'pino.transport()': "pino.transport({ target: 'pino/file', options: { destination: 'app.log' } })",
  'sync: false': "pino.destination({ dest: 'app.log', sync: false, minLength: 4096 })",
};

for (const [name, logger] of Object.entries(loggers))
  test(`${name}: the last lines of a worker`, async (t) => {
    const log = path.join(cwd, 'app.log');
    for (const [end, way, isAll] of [
      ['', 'SIGHUP', true],
      [listens, 'SIGHUP', true],
      [listens, 'SIGTERM', true],
      ['', 'SIGTERM', name !== 'sync: false'],
    ] as const) {
      // What its thread has not taken by then may be lost, or not.
      if (way === 'SIGTERM' && end === '' && name === 'pino.transport()') continue;
      writeFileSync(log, '');
      writeFileSync(path.join(cwd, 'app.js'), buffering(logger, end));
      const command = startCommand(t, [...own, 'app.js'], { cwd });
      const [, host = ''] = await command.seen(/listening +(\S+)\n[^]*stop it with/);
      await httpRequest(`http://${host}/`);
      command.process.kill(way);
      if (way === 'SIGHUP') {
        await command.seen(/baton: reloaded in/);
        command.process.kill('SIGTERM');
      }
      await command.exited;
      const written = readFileSync(log, 'utf8').split('\n').length - 1;
      const what = `${way}, ${end === '' ? 'the app does not listen' : 'the app listens'}: ${written} lines`;
      if (isAll) assert.equal(written, lines, what);
      else assert.ok(written < lines, what);
    }
  });

test('standard output in a file: what copytruncate does', async (t) => {
  assert.match(fileOf(page, 'truncated.logrotate'), /^ +copytruncate$/m);
  const log = path.join(cwd, 'all.log');
  writeFileSync(log, '');
  const prefix = ['sh', '-c', 'exec "$@" >> all.log 2>&1', 'sh'];
  const args = [...own, ...batonArguments(page, /--log-format json/)];
  startCommand(t, args, { cwd, prefix, env: { PORT: '0' } });
  await until(() => readFileSync(log, 'utf8').includes('"started"'), 'it is up');
  const [started] = parseLines(readFileSync(log, 'utf8'));
  const [host = ''] = (started?.['listening'] ?? []) as string[];
  const urls = (): unknown[] => parseLines(readFileSync(log, 'utf8')).flatMap(({ url }) => url ?? []);
  await httpRequest(`http://${host}/before`);
  await until(() => urls().length === 1, 'the first request is logged');

  copyFileSync(log, `${log}.1`);
  truncateSync(log);
  await httpRequest(`http://${host}/after`);
  await until(() => readFileSync(log, 'utf8').endsWith('\n'), 'the second request is logged');
  assert.deepEqual(urls(), ['/after']);
});

test('a file of the app is renamed, then there is a reload: new workers write to the new one', async (t) => {
  const [, command = ''] = /\/baton (\w+)/.exec(fileOf(page, 'renamed.logrotate')) ?? [];
  const log = path.join(cwd, 'app.log');
  writeFileSync(log, '');
  writeFileSync(path.join(cwd, 'app.js'), buffering(loggers['pino.destination(file)'], listens));
  const env = { XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const service = startCommand(t, [...own, 'app.js'], { cwd, env });
  const [, host = ''] = await service.seen(/listening +(\S+)\n[^]*stop it with/);
  const count = (file: string): number => readFileSync(file, 'utf8').split('\n').length - 1;
  await httpRequest(`http://${host}/`);
  await until(() => count(log) === lines, 'the first request is logged');

  renameSync(log, `${log}.1`);
  assert.deepEqual(await startCommand(t, [command], { cwd, env }).exited, { code: 0, signal: null });
  await httpRequest(`http://${host}/`);
  await until(() => count(log) === lines, 'the second request is logged');
  assert.equal(count(`${log}.1`), lines);
});

allAreTaken(page, 'logging');
