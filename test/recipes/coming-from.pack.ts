// docs/coming-from.md, beside what the reader comes from: PM2 and throng.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { root, startCommand, temporaryDirectory, type Command } from '../harness.js';
import { freePorts } from '../releases.js';
import { answersOfBoth, type Answer } from './both-workers.js';
import { install } from './installed.js';
import { batonArguments, writeFilesOf } from './shown.js';

const page = 'docs/coming-from.md';

let cwd = '';
before(async () => {
  cwd = await install(page, [], ['pm2', 'throng']);
  mkdirSync(path.join(cwd, 'node_modules/@baton'), { recursive: true });
  symlinkSync(path.join(root, 'packages/core'), path.join(cwd, 'node_modules/@baton/core'));
});

const own = { BATON_METRICS: 'off', WEB_CONCURRENCY: '2' };

/** PM2, in the foreground. */
async function startPm2(t: TestContext, file: string): Promise<{ command: Command; url: string }> {
  // PM2 tells nobody which port an app has, so it is given one.
  const [port] = await freePorts(1);
  const env = {
    ...own,
    PORT: String(port),
    PM2_HOME: temporaryDirectory(t),
    XDG_RUNTIME_DIR: temporaryDirectory(t),
  };
  const pm2 = path.join(cwd, 'node_modules/pm2/bin/pm2-runtime');
  const command = startCommand(t, ['start', file], { file: pm2, cwd, env });
  return { command, url: `http://127.0.0.1:${port}/` };
}

test('an app is started by Baton as it was by PM2', async (t) => {
  const { command, url } = await startPm2(t, 'ecosystem.config.js');
  const byPm2 = await answersOfBoth(url);
  command.process.kill('SIGINT');
  await command.exited;

  const env = { ...own, PORT: '0' };
  const baton = startCommand(t, batonArguments(page, /^npx baton$/), { cwd, env });
  const [, host = ''] = await baton.seen(/listening +(\S+)\n[^]*stop it with/);
  const byBaton = await answersOfBoth(`http://${host}/`);
  // Before the app's own arguments, an app of pm2-runtime has those of pm2-runtime.
  const seen = ({ instance, env, args }: Answer): unknown => ({ instance, env, args: args.slice(-2) });
  assert.deepEqual(byBaton.map(seen), byPm2.map(seen));
});

test('PM2 keeps Baton alive, and its stop is a gentle one', async (t) => {
  const { command, url } = await startPm2(t, 'baton-under-pm2.config.js');
  const answers = await answersOfBoth(url);
  assert.deepEqual(
    answers.map(({ instance }) => instance),
    ['0', '1'],
  );
  command.process.kill('SIGINT');
  await command.exited;
  assert.match(command.stdout + command.stderr, /baton: SIGINT: stopping the workers/);
});

test('the file with throng runs as it is', async (t) => {
  const env = { ...own, PORT: '0' };
  const only = temporaryDirectory(t);
  writeFilesOf(page, only, ['throng.js', 'server.js']);
  symlinkSync(path.join(cwd, 'node_modules'), path.join(only, 'node_modules'));
  const command = startCommand(t, ['throng.js'], { cwd: only, env });
  const [, host = ''] = await command.seen(/listening +(\S+)\n[^]*stop it with/);
  assert.equal((await answersOfBoth(`http://${host}/`)).length, 2);
});
