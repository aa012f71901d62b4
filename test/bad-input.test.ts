// Bad input gets a clear error that names what, where and what to do, and a non-zero exit.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { askMany, ask } from './client.js';
import { app, startCommand, temporaryDirectory, type CommandOptions } from './harness.js';

async function fails(
  t: TestContext,
  args: string[],
  texts: RegExp | RegExp[],
  options: CommandOptions = {},
): Promise<void> {
  const command = startCommand(t, args, options);
  const { code } = await command.exited;
  assert.equal(code, 1, command.stderr);
  for (const text of [texts].flat()) assert.match(command.stderr, text);
  assert.doesNotMatch(command.stderr, /BatonError/, 'a text for people, not a stack');
}

async function takePort(t: TestContext): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

test('no such file', (t) => fails(t, ['--no-metrics', 'no-such-app.js'], /no app "no-such-app\.js" in \//));
test('no app at all', (t) => fails(t, [], /no app to run\. Give its file, as in "baton app\.js"/));

test('an app that throws at load: its own error is shown', (t) =>
  fails(
    t,
    ['--no-metrics', '-w', '2', app('throws.cjs')],
    [
      /cannot load its settings/,
      /No worker could start .*throws\.cjs: each ended with code 1 before it was ready\. The app's own output above says why/,
    ],
  ));

test('an app that ends without listening, and without a word', async (t) => {
  const args = ['--no-metrics', '-w', '1', app('ends.cjs')];
  await fails(
    t,
    args,
    /each ended with code 0 before it was ready\. Baton runs servers: the app must listen/,
  );
});

test('an app that ends with an error code, and without a word', async (t) => {
  const file = path.join(temporaryDirectory(t), 'exits.cjs');
  writeFileSync(file, 'process.exit(3);');
  const text =
    /each ended with code 3 before it was ready\. To see why, run it by itself: node \S+exits\.cjs --say 'it'\\''s'\n$/;
  await fails(t, ['--no-metrics', '-w', '1', file, '--', '--say', "it's"], text);
});

test('an app that never listens is told of, and not killed', async (t) => {
  const command = startCommand(t, ['--no-metrics', '-w', '1', app('never-listens.cjs')]);
  await command.seen(/worker 0 \(pid \d+\) has not listened on a port for 10 s/);
  assert.equal(command.process.exitCode, null);
  command.process.kill('SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});

for (const workers of ['0', 'x', '-1', '1.5', '99999']) {
  test(`--workers ${workers}`, (t) =>
    fails(
      t,
      [`--workers=${workers}`, app('http.cjs')],
      new RegExp(`--workers .*whole number from 1 to 1024, or "max"; it is "${workers}"`),
    ));
}

test('WEB_CONCURRENCY that is no number is named', (t) =>
  fails(t, ['--no-metrics', app('http.cjs')], /WEB_CONCURRENCY must be a whole number.*it is "many"/, {
    env: { WEB_CONCURRENCY: 'many' },
  }));

test('an unknown option, with the nearest known one', (t) =>
  fails(
    t,
    ['--wokers', '2', app('http.cjs')],
    /baton: Unknown option '--wokers'\. Did you mean --workers\?/,
  ));

test('an option that neither Baton nor node knows', (t) =>
  fails(
    t,
    ['--port=5', app('http.cjs')],
    /Unknown option '--port'\. Put the app's own options after --, as in "baton \S+http\.cjs -- --port=5"/,
  ));

for (const option of ['--port', '--expose-gc']) {
  test(`${option} after the app`, (t) =>
    fails(
      t,
      [app('http.cjs'), option],
      new RegExp(
        `Unknown option '${option}' after the app \\S+http\\.cjs\\. Put the app's own options after --, as in "baton \\S+http\\.cjs -- ${option}"`,
      ),
    ));
}

test('an unknown option after the app, with the nearest known one', (t) =>
  fails(t, [app('http.cjs'), '--wokers', '2'], /'--wokers' after the app \S+\. Did you mean --workers\?/));

test('an option of node without its value', (t) =>
  fails(
    t,
    ['--conditions', 'production', app('http.cjs')],
    /--conditions requires an argument: give its value after =: --conditions=…/,
  ));

for (const option of ['-e', '--test', '--run=start', '--check', '--v8-options']) {
  test(`${option} before the app, which says what node runs`, (t) =>
    fails(
      t,
      [option, app('http.cjs')],
      new RegExp(`'${option}' tells node what to run, but workers run the app`),
    ));
}

for (const [given, wrong] of [
  ['--expose-gc --test', '--test'],
  ['--eval=1', '--eval=1'],
  ['app.js', 'app.js'],
  ['--expose-gc --', '--'],
] as const) {
  test(`--node-args '${given}'`, (t) =>
    fails(
      t,
      ['--node-args', given, app('http.cjs')],
      new RegExp(
        `option --node-args must be node options that do not choose what node runs, .*; it is "${wrong}"`,
      ),
    ));
}

test('an unknown policy, with the known ones', (t) =>
  fails(
    t,
    ['--policy', 'random', app('http.cjs')],
    /option --policy must be one of least-loaded, round-robin, sticky; it is "random"/,
  ));

for (const option of ['--stall-after', '--queue-timeout', '--probation']) {
  test(`${option} that is no time`, (t) =>
    fails(
      t,
      [option, '5x', app('http.cjs')],
      new RegExp(`${option} must be a number of milliseconds, or a time such as .*; it is "5x"`),
    ));
}

test('--max-open-offers that is no number', (t) =>
  fails(
    t,
    ['--max-open-offers', '5s', app('http.cjs')],
    /--max-open-offers must be a whole number from 1 to 256; it is "5s"/,
  ));

test('--max-memory that is no size', (t) =>
  fails(
    t,
    ['--max-memory', '1T', app('http.cjs')],
    /--max-memory must be .* such as 512M or 2G; it is "1T"/,
  ));

test('a flag before the command that it is for', (t) =>
  fails(t, ['-w', '2', 'config'], /--workers goes after the command: baton config --workers/));

test('an option of node before the command that it is for', (t) =>
  fails(t, ['--inspect', 'config'], /--inspect goes after the command: baton config --inspect/));

test('--max-open-offers beyond what the ledger holds', (t) =>
  fails(
    t,
    ['--no-metrics', '--max-open-offers', '300', app('http.cjs')],
    /--max-open-offers must be a whole number from 1 to 256; it is 300/,
  ));

for (const address of ['x', '70000', 'localhost:', ':']) {
  test(`--metrics ${address}`, (t) =>
    fails(t, ['--metrics', address, app('http.cjs')], /must be a port, or host:port/));
}

test('a busy metrics port', async (t) => {
  const port = await takePort(t);
  await fails(
    t,
    ['--metrics', String(port), app('http.cjs')],
    new RegExp(
      `cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)\\. Choose another address with --metrics`,
    ),
  );
});

test('an address in use: the app gets the error that Node gives', async (t) => {
  const port = await takePort(t);
  await fails(
    t,
    ['--no-metrics', '-w', '2', app('uncaught-listen.cjs')],
    [
      new RegExp(`listen EADDRINUSE: address already in use 127\\.0\\.0\\.1:${port}`),
      /No worker could start/,
    ],
    { env: { PORT: String(port) } },
  );
});

for (const kind of ['connections', 'listeners'] as const) {
  test(`handoff of ${kind}: a worker that asks for ten thousand listeners gets the limit's error, and others are served`, async (t) => {
    const command = startCommand(
      t,
      ['--no-metrics', '-w', '2', '--handoff', kind, app('many-listeners.cjs')],
      {
        env: { LISTENERS: '10000' },
      },
    );
    const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
    await command.seen(/^OUTCOMES .*\n/m, 'stdout');
    const { listening, errors } = JSON.parse(/^OUTCOMES (.*)$/m.exec(command.stdout)?.[1] ?? '{}') as {
      listening: number;
      errors: Record<string, number>;
    };
    assert.equal(listening, 255, 'one more is the server');
    const [[text, count]] = Object.entries(errors) as [[string, number]];
    assert.match(text, /cannot listen on tcp4 127\.0\.0\.1:0: it already has 256 listeners/);
    assert.equal(count, 10_000 - 255);
    const bySlot = await askMany(60, 4, () => ask({ port: Number(port), host: '127.0.0.1' }));
    assert.equal(bySlot.size, 2);
  });
}
