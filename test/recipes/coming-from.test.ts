// docs/coming-from.md: what the page says to type does what was there before.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { startCommand, temporaryDirectory, type Command } from '../harness.js';
import { answersOfBoth } from './both-workers.js';
import { allAreTaken, batonArguments, writeFilesOf } from './shown.js';

const page = 'docs/coming-from.md';

/** A directory with these files of the page. */
function directoryWith(t: TestContext, ...files: string[]): string {
  const directory = temporaryDirectory(t);
  writeFilesOf(page, directory, files);
  return directory;
}

async function start(
  t: TestContext,
  cwd: string,
  args: readonly string[],
): Promise<{ command: Command; url: string }> {
  const env = { PORT: '0', BATON_METRICS: 'off', WEB_CONCURRENCY: '2' };
  const command = startCommand(t, args, { cwd, env });
  const [, host = ''] = await command.seen(/listening +(\S+)\n[^]*stop it with/);
  return { command, url: `http://${host}/` };
}

async function stop(command: Command): Promise<void> {
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
  assert.doesNotMatch(command.stderr, /was told to end, and/);
}

for (const [had, args] of [
  ['node:cluster', batonArguments(page, /^npx baton server\.js$/)],
  ['node:cluster, its file as it is', ['cluster.js']],
  ['throng', batonArguments(page, /^npx baton -w 2 server\.js$/)],
  ['many ports', batonArguments(page, /^PORT=3000 npx baton/)],
  ['SO_REUSEPORT', batonArguments(page, /^npx baton --handoff listeners/)],
] as const)
  test(`${had}: two workers serve the app`, async (t) => {
    const { command, url } = await start(t, directoryWith(t, 'server.js', 'cluster.js'), args);
    await answersOfBoth(url);
    await stop(command);
  });

interface Ecosystem {
  apps: {
    name: string;
    script: string;
    args: string;
    instances: number;
    node_args: string;
    max_memory_restart: string;
    wait_ready: boolean;
    listen_timeout: number;
    kill_timeout: number;
    min_uptime: number;
    env: { NODE_ENV: string };
  }[];
}

test('PM2: the configuration says what the ecosystem file did', async (t) => {
  const cwd = directoryWith(t, 'server.js', 'ecosystem.config.js', 'baton.config.js');
  const [app = assert.fail()] = (createRequire(cwd)(path.join(cwd, 'ecosystem.config.js')) as Ecosystem).apps;
  const command = startCommand(t, ['config', '--json'], { cwd });
  assert.deepEqual(await command.exited, { code: 0, signal: null }, command.stderr);
  const printed = JSON.parse(command.stdout) as Record<string, { value: unknown; from: string }>;
  const [, mebibytes] = /^(\d+)M$/.exec(app.max_memory_restart) ?? [];
  const said = Object.entries(printed).filter(([, { from }]) => from === 'baton.config.js');
  assert.deepEqual(Object.fromEntries(said.map(([key, { value }]) => [key, value])), {
    name: app.name,
    app: app.script,
    args: app.args.split(' '),
    workers: app.instances,
    execArgv: [app.node_args],
    maxMemoryBytes: Number(mebibytes) * 1024 ** 2,
    waitReady: app.wait_ready,
    readyTimeoutMs: app.listen_timeout,
    stopTimeoutMs: app.kill_timeout,
    minUptimeMs: app.min_uptime,
  });
});

test('PM2: workers get what the configuration says', async (t) => {
  const cwd = directoryWith(t, 'server.js', 'baton.config.js');
  const { command, url } = await start(t, cwd, batonArguments(page, /^npx baton$/));
  const answers = await answersOfBoth(url);
  assert.deepEqual(
    answers.map(({ instance, env, args }) => ({ instance, env, args })),
    ['0', '1'].map((instance) => ({ instance, env: 'production', args: ['--region', 'eu'] })),
  );
  await stop(command);
});

allAreTaken(page, 'coming-from');
