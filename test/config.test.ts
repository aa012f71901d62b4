// The command's configuration: flags, environment, file.
import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, startCommand, temporaryDirectory, type CommandOptions } from './harness.js';

function directoryWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(temporaryDirectory(t));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  return directory;
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function outcome(t: TestContext, args: string[], options: CommandOptions): Promise<Outcome> {
  const command = startCommand(t, args, { ...options, env: { WEB_CONCURRENCY: '', ...options.env } });
  const { code } = await command.exited;
  return { code, stdout: command.stdout, stderr: command.stderr };
}

type Printed = Record<string, { value: unknown; from: string }>;

const shop = JSON.stringify({
  app: 'http.cjs',
  workers: 2,
  policy: 'round-robin',
  stallAfterMs: '50ms',
  metrics: false,
});

test('an app runs as its file says, and a variable beats that, and a flag beats both', async (t) => {
  const content = JSON.stringify({ ...JSON.parse(shop), app: app('http.cjs') });
  const cwd = directoryWith(t, { 'baton.config.json': content });
  const first = startCommand(t, [], { cwd, env: { HOST: '127.0.0.1' } });
  await first.seen(/metrics +off\n +workers +2 \(.*\), connections, round-robin\n/);
  const env = { HOST: '127.0.0.1', BATON_WORKERS: '3', BATON_POLICY: 'sticky' };
  const second = startCommand(t, ['--workers', '1'], { cwd, env });
  await second.seen(/workers +1 \(.*\), connections, sticky\n/);
});

test('the file may be elsewhere, and its app is beside it', async (t) => {
  const content =
    "export default async () => ({ app: 'app.cjs', args: ['--one'], workers: 1, metrics: false });";
  const server = `
    console.log('ARGS', process.argv.slice(2).join());
    require('node:http').createServer().listen(0, '127.0.0.1');`;
  const cwd = directoryWith(t, { 'deploy/web.mjs': content, 'deploy/app.cjs': server });
  const command = startCommand(t, ['--config', 'deploy/web.mjs'], { cwd });
  await command.seen(new RegExp(`runs ${cwd}/deploy/app\\.cjs\n`));
  await command.seen(/^ARGS --one$/m, 'stdout');
});

test('a module of either syntax, in a package of no type: nothing of that is told', async (t) => {
  for (const content of ['export default { workers: 2 };', 'module.exports = { workers: 2 };']) {
    const cwd = directoryWith(t, { 'baton.config.js': content, 'package.json': '{}' });
    const { stdout, stderr } = await outcome(t, ['config'], { cwd });
    assert.match(stdout, /^workers +2 +baton\.config\.js$/m);
    assert.equal(stderr, '');
  }
});

test('a file in TypeScript: read, or it is told which Node reads it', async (t) => {
  const content = "export default { app: 'app.js', workers: 2 } satisfies { app: string; workers: number };";
  const cwd = directoryWith(t, { 'baton.config.ts': content, 'package.json': '{}' });
  const { code, stdout, stderr } = await outcome(t, ['config'], { cwd });
  if ((process.features as { typescript?: unknown }).typescript) {
    assert.match(stdout, /^workers +2 +baton\.config\.ts$/m);
    return;
  }
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^baton: The configuration file baton\.config\.ts is TypeScript.*Node 22\.18 or later/m,
  );
});

test('baton config tells each value and where it comes from', async (t) => {
  const cwd = directoryWith(t, { 'baton.config.json': shop, 'package.json': '{"name": "@acme/shop"}' });
  const env = { BATON_STALL_AFTER: '1s', BATON_WATCH: '1' };
  const own = ['--workers', '4', '--max-memory', '512M', '--json'];
  const args = ['config', ...own, '--title=a shop', '--expose-gc', 'other.js', '--', '--x'];
  const { code, stdout, stderr } = await outcome(t, args, { cwd, env });
  assert.equal(code, 0, stderr);
  const printed = JSON.parse(stdout) as Printed;
  const expected: Printed = {
    app: { value: 'other.js', from: 'argument' },
    args: { value: ['--x'], from: 'argument' },
    workers: { value: 4, from: 'flag --workers' },
    execArgv: { value: ['--title=a shop', '--expose-gc'], from: 'flag --node-args' },
    maxMemoryBytes: { value: 536_870_912, from: 'flag --max-memory' },
    stallAfterMs: { value: 1_000, from: 'env BATON_STALL_AFTER' },
    policy: { value: 'round-robin', from: 'baton.config.json' },
    metrics: { value: false, from: 'baton.config.json' },
    handoff: { value: 'connections', from: 'default' },
    maxAgeMs: { value: null, from: 'default' },
    name: { value: 'acme-shop', from: 'default' },
    watch: { value: true, from: 'env BATON_WATCH' },
    watchPaths: { value: [cwd], from: 'default' },
    probationMs: { value: 0, from: 'default with --watch' },
  };
  for (const [key, entry] of Object.entries(expected)) assert.deepEqual(printed[key], entry, key);
});

test('baton config for people: columns, with units', async (t) => {
  const cwd = directoryWith(t, { 'baton.config.json': shop });
  const { code, stdout } = await outcome(t, ['config', '--max-age', '90m', '--max-memory', '1048576'], {
    cwd,
    env: { WEB_CONCURRENCY: '7' },
  });
  assert.equal(code, 0);
  for (const [line] of stdout.matchAll(/.+/g)) assert.match(line, /^\w+ {2,}\S.* {2,}\S.*$/);
  assert.match(stdout, /^app +http\.cjs +baton\.config\.json$/m);
  assert.match(stdout, /^stallAfterMs +50ms +baton\.config\.json$/m);
  assert.match(stdout, /^maxAgeMs +90m +flag --max-age$/m);
  assert.match(stdout, /^maxMemoryBytes +1M +flag --max-memory$/m);
  assert.match(stdout, /^queueTimeoutMs +never +default$/m);
  assert.match(stdout, /^metrics +off +baton\.config\.json$/m);
  const bare = await outcome(t, ['config', '--no-control'], {
    cwd: directoryWith(t, {}),
    env: { WEB_CONCURRENCY: '7' },
  });
  assert.match(bare.stdout, /^app +none +default$/m);
  assert.match(bare.stdout, /^workers +7 +env WEB_CONCURRENCY$/m);
  assert.match(bare.stdout, /^name +none +default$/m);
  assert.match(bare.stdout, /^control +false +flag --no-control$/m);
});

const failures: [string, Record<string, string>, CommandOptions['env'], string[], RegExp[]][] = [
  [
    'an unknown key, with the nearest known one',
    { 'baton.config.json': '{"wokers": 2}' },
    {},
    [],
    [/baton: There is no setting "wokers" in baton\.config\.json\. Did you mean workers\?/],
  ],
  [
    'a wrong value in the file',
    { 'baton.config.mjs': 'export default { drainTimeoutMs: "soon" };' },
    {},
    [],
    [/drainTimeoutMs in baton\.config\.mjs must be a number of milliseconds.*; it is "soon"/],
  ],
  [
    'an unknown variable',
    {},
    { BATON_WORKRS: '2' },
    ['app.js'],
    [/no setting BATON_WORKRS in the environment\. Did you mean BATON_WORKERS\?/],
  ],
  [
    'two files',
    { 'baton.config.json': '{}', 'baton.config.js': '' },
    {},
    ['app.js'],
    [/more than one configuration file: baton\.config\.js, baton\.config\.json\./],
  ],
  [
    'a configuration that throws: its own error, and where',
    { 'baton.config.mjs': 'const secrets = {};\nsecrets.database.url;\n' },
    {},
    ['app.js'],
    [/baton\.config\.mjs fails: TypeError: Cannot read prop.*'url'.*\n +at .*baton\.config\.mjs:2:\d+\n$/],
  ],
  [
    'no such file',
    {},
    {},
    ['--config', 'none.json', 'app.js'],
    [/configuration file none\.json does not exist/],
  ],
  ['no app anywhere', { 'baton.config.json': '{"workers": 2}' }, {}, [], [/There is no app to run/]],
];

for (const [name, files, env = {}, args, texts] of failures) {
  test(`${name}: told, by running and by baton config`, async (t) => {
    const cwd = directoryWith(t, files);
    const run = await outcome(t, args, { cwd, env });
    assert.equal(run.code, 1, run.stderr);
    for (const text of texts) assert.match(run.stderr, text);
    const config = await outcome(t, ['config', ...args], { cwd, env });
    if (name === 'no app anywhere') return assert.equal(config.code, 0, config.stderr);
    assert.equal(config.code, 1);
    assert.equal(config.stderr, run.stderr);
  });
}
