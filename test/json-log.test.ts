// `--log-format json`: all that Baton itself tells, for programs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, startCommand, temporaryDirectory, type Command } from './harness.js';
import { VersionedApp } from './version.js';

interface Line {
  time: string;
  level: 'info' | 'warn' | 'error';
  msg: string;
  event: string;
  slot?: number;
  pid?: number;
  generation?: number;
  [field: string]: unknown;
}

/** The lines of standard error that are Baton's, and those of others. */
function linesOf(text: string): { told: Line[]; others: string[] } {
  const lines = text.split('\n').filter((line) => line !== '');
  const isOurs = (line: string): boolean => line.startsWith('{"time":');
  return {
    told: lines.filter(isOurs).map((line) => JSON.parse(line) as Line),
    others: lines.filter((line) => !isOurs(line)),
  };
}

/** The first line of that event, as soon as it is there. */
async function seen(command: Command, event: string): Promise<Line> {
  const [line] = await command.seen(new RegExp(`^\\{"time":.*"event":"${event}".*\\}$`, 'm'));
  return JSON.parse(line) as Line;
}

function runtime(t: TestContext): NodeJS.ProcessEnv {
  return { HOST: '127.0.0.1', XDG_RUNTIME_DIR: temporaryDirectory(t) };
}

const json = ['--log-format', 'json'];
const quick = ['--name', 'api', '--probation', '0'];

test('a start, a crash, a reload and a stop: each an object on a line of its own', async (t) => {
  const env = runtime(t);
  const args = [...json, ...quick, '--metrics', '0', '-w', '2', app('http.cjs')];
  const api = startCommand(t, args, { env });
  const started = await seen(api, 'started');
  const { pid, name, workers, workerPids, listening, statusUrl, metricsUrl } = started;
  assert.deepEqual([pid, name, workers, started.level], [api.pid, 'api', 2, 'info']);
  assert.match(String(listening), /^127\.0\.0\.1:\d+$/);
  assert.equal(metricsUrl, `${String(statusUrl)}metrics`);
  assert.equal((await fetch(String(statusUrl))).status, 200);
  assert.doesNotMatch(started.msg, /\n/);

  const [first] = workerPids as number[];
  process.kill(Number(first), 'SIGKILL');
  const crash = await seen(api, 'crash');
  assert.deepEqual(
    [crash.level, crash.pid, crash.generation, crash['exitCode'], crash['exitSignal']],
    ['error', first, 1, null, 'SIGKILL'],
  );
  const restart = await seen(api, 'restart');
  assert.equal(restart.slot, crash.slot);

  const reload = startCommand(t, ['reload', '--name', 'api'], { env: { ...env, BATON_LOG_FORMAT: 'json' } });
  assert.equal((await reload.exited).code, 0);
  assert.match(reload.stdout, /^reloaded 2 workers to generation 2 in /m, 'for people, as ever');
  const command = await seen(api, 'command');
  assert.deepEqual(
    [command['command'], command['byPid'], command['byUid']],
    ['reload', reload.pid, process.getuid?.()],
  );
  assert.equal((await seen(api, 'reload-done')).generation, 2);
  api.process.kill('SIGTERM');
  assert.equal((await api.exited).code, 0);
  assert.equal((await seen(api, 'signal'))['signal'], 'SIGTERM');

  const { told, others } = linesOf(api.stderr);
  assert.deepEqual(others, []);
  const replaced = told.filter(({ event }) => event === 'replaced');
  assert.deepEqual(
    replaced.map(({ slot, generation }) => [slot, generation]),
    [
      [0, 2],
      [1, 2],
    ],
    'each by itself',
  );
  assert.ok(replaced.some(({ pidBefore }) => pidBefore === restart.pid));
  for (const { time } of told) assert.equal(new Date(time).toISOString(), time);
  assert.deepEqual(
    told.map(({ time }) => time),
    told.map(({ time }) => time).toSorted(),
  );
});

test('a reload that fails, and a crash with what the app threw', async (t) => {
  const versioned = new VersionedApp(t);
  const env = { ...runtime(t), ...versioned.env };
  const api = startCommand(t, [...json, ...quick, '--no-metrics', '-w', '1', versioned.file], { env });
  await seen(api, 'started');
  versioned.release({ fault: 'throws' });
  const reload = startCommand(t, ['reload', '--name', 'api'], { env });
  assert.equal((await reload.exited).code, 1);
  assert.match(reload.stderr, /^baton: The reload failed/);
  const failed = await seen(api, 'reload-failed');
  assert.equal(failed.level, 'error');
  assert.match(failed.msg, /^The reload failed[^]*Error: /);
  const crash = await seen(api, 'crash');
  assert.equal(crash['exitCode'], 1);
  assert.match(String(crash['failure']), /^Error: .*\n +at /);
});

test('what keeps the app from starting, in the format that is asked for', async (t) => {
  const directory = temporaryDirectory(t);
  const run = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Command> => {
    const command = startCommand(t, args, { cwd: directory, env });
    assert.equal((await command.exited).code, 1);
    return command;
  };
  const codeOf = ({ stderr }: Command): unknown => {
    const { told, others } = linesOf(stderr);
    assert.deepEqual([told.length, others], [1, []], stderr);
    assert.deepEqual([told[0]?.level, told[0]?.event], ['error', 'error']);
    return told[0]?.['code'];
  };
  const variable = { BATON_LOG_FORMAT: 'json' };
  assert.equal(codeOf(await run([...json, 'gone.js'])), 'BATON_APP_NOT_FOUND');
  assert.equal(codeOf(await run([...json, '--wokers', '2', 'app.js'])), 'BATON_USAGE');
  assert.equal(codeOf(await run(['--workers', 'no', 'app.js'], variable)), 'BATON_INVALID_OPTION');
  writeFileSync(path.join(directory, 'baton.config.json'), '{ "logFormat": "json", "app": "gone.js" }');
  assert.equal(codeOf(await run([])), 'BATON_APP_NOT_FOUND');
  const other = await run(['--log-format', 'xml']);
  assert.match(other.stderr, /^baton: The option --log-format must be one of text, json; it is "xml"\.\n$/);
  const status = await run(['status', '--bad'], variable);
  assert.match(status.stderr, /^baton: Unknown option/, 'other commands are for people');
});

test('what the app writes passes through untouched, and each worker that ends has a line', async (t) => {
  const failing = startCommand(t, [...json, '--no-metrics', '--no-control', '-w', '3', app('throws.cjs')]);
  assert.equal((await failing.exited).code, 1);
  const { told, others } = linesOf(failing.stderr);
  assert.equal(others.filter((line) => line.startsWith('Error: ')).length, 3);
  const crashes = told.filter(({ event }) => event === 'crash');
  assert.deepEqual(new Set(crashes.map(({ slot }) => slot)), new Set([0, 1, 2]));
  assert.equal(crashes.length, 3);
  assert.equal(told.at(-1)?.['code'], 'BATON_BOOT_FAILED');
});

test('where there is no addon, that the app runs as one plain process', async (t) => {
  const file = path.join(temporaryDirectory(t), 'app.cjs');
  writeFileSync(file, "console.log('from the app');");
  const command = startCommand(t, [...json, file], { env: { BATON_ADDON: 'none' } });
  assert.equal((await command.exited).code, 0);
  assert.equal(command.stdout, 'from the app\n');
  const { told, others } = linesOf(command.stderr);
  assert.deepEqual(others, []);
  assert.deepEqual(
    told.map(({ event, level }) => [event, level]),
    [['plain-process', 'warn']],
  );
});

/** Runs a command at a terminal of its own, whose output is standard output. */
const atTerminal = ['python3', '-c', 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'];
const canHaveTerminal = spawnSync(atTerminal[0]!, [...atTerminal.slice(1), 'true']).status === 0;

test(
  'at a terminal, no slot stands before the lines of the app either',
  { skip: !canHaveTerminal && 'python3 can make no terminal' },
  async (t) => {
    const args = [...json, '--no-metrics', '--no-control', '-w', '1', app('writes.cjs')];
    const command = startCommand(t, args, { prefix: atTerminal });
    // What the app wrote last has no end of its line.
    const [line = '{}'] = await command.seen(/\{"time":.*"event":"started".*\}/, 'stdout');
    process.kill(Number((JSON.parse(line) as Line).pid), 'SIGTERM');
    assert.equal((await command.exited).code, 0);
    assert.match(command.stdout, /^first\r?$/m);
    assert.match(command.stdout, /terminal true\r?$/m);
    assert.doesNotMatch(command.stdout, / \| /);
  },
);
