// docs/recipes/debugging.md: profiles and snapshots of one worker, and the line on which one is blocked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { httpRequest } from '../client.js';
import { fileOf } from '../docs/page.js';
import { startCommand, temporaryDirectory, until, type Command } from '../harness.js';
import { allAreTaken, batonArguments, commandOf, writeFilesOf } from './shown.js';

const page = 'docs/recipes/debugging.md';

interface Started {
  command: Command;
  cwd: string;
  url: string;
  pids: number[];
}

const own = ['--probation', '0', '--no-metrics', '--inspect-port=0'];

/** The page's app, with two workers and the options that the page shows, or with these. */
async function start(t: TestContext, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Started> {
  const cwd = temporaryDirectory(t);
  writeFilesOf(page, cwd);
  const command = startCommand(t, ['-w', '2', ...own, ...args], { cwd, env: { PORT: '0', ...env } });
  const [, host = '', pids = ''] = await command.seen(
    /listening +(\S+)\n[^]*workers +\d \(pid ([\d, ]+)\)[^]*stop it with/,
  );
  return { command, cwd, url: `http://${host}/`, pids: pids.split(', ').map(Number) };
}

/** The signal that the page sends to a worker, by a command that is there for that alone. */
function signalOf(pattern: RegExp): NodeJS.Signals {
  const [kill, signal, pid] = commandOf(page, pattern);
  assert.deepEqual([kill, pid], ['kill', '4711']);
  return `SIG${signal?.slice(1)}` as NodeJS.Signals;
}

/** The file of a directory that a process has written whole. */
async function fileOfProcess(directory: string, pid: number, extension: string): Promise<string> {
  const isOfProcess = (name: string): boolean => name.includes(`.${pid}.`) && name.endsWith(extension);
  const isWhole = (name: string): boolean => {
    try {
      JSON.parse(readFileSync(path.join(directory, name), 'utf8'));
      return true;
    } catch {
      return false;
    }
  };
  let found: string | undefined;
  await until(() => {
    if (!existsSync(directory)) return false;
    found = readdirSync(directory).find((name) => isOfProcess(name) && isWhole(name));
    return found !== undefined;
  }, `${directory} has a ${extension} of ${pid}`);
  return found ?? assert.fail();
}

test('the profile of one worker is written when that is replaced', async (t) => {
  const { cwd, pids } = await start(t, batonArguments(page, /--cpu-prof/));
  const [pid = 0, other = 0] = pids;
  process.kill(pid, signalOf(/^kill -TERM/));
  const profiles = path.join(cwd, 'profiles');
  await fileOfProcess(profiles, pid, '.cpuprofile');
  assert.ok(!readdirSync(profiles).some((name) => name.includes(`.${other}.`)));
});

test('a heap snapshot of one worker is written, and the worker goes on', async (t) => {
  const { cwd, pids, url } = await start(t, batonArguments(page, /--heapsnapshot-signal/));
  const [pid = 0] = pids;
  process.kill(pid, signalOf(/^kill -USR2/));
  await fileOfProcess(cwd, pid, '.heapsnapshot');
  await until(async () => (await httpRequest(url)).text === String(pid), 'the worker answers');
});

test('perf finds the names of functions', async (t) => {
  const { pids } = await start(t, batonArguments(page, /--perf-basic-prof/));
  for (const pid of pids) {
    const map = `/tmp/perf-${pid}.map`;
    t.after(() => rmSync(map, { force: true }));
    await until(() => existsSync(map) && readFileSync(map, 'utf8').includes('server.js'), map);
  }
});

test('node inspect shows on which line a worker is blocked', async (t) => {
  const env = { XDG_RUNTIME_DIR: temporaryDirectory(t) };
  const { command, cwd, pids, url } = await start(t, ['-w', '1', 'server.js'], env);
  const [pid = 0] = pids;
  const answer = httpRequest(`${url}forever`).then(
    () => 'answered',
    () => 'lost',
  );
  await until(async () => {
    const status = startCommand(t, ['status', '--json'], { cwd, env });
    await status.exited;
    const { workers } = JSON.parse(status.stdout) as {
      workers: { requests: number; stalledForMs: number }[];
    };
    return workers[0]?.requests === 1 && workers[0].stalledForMs > 0;
  }, 'the worker is stalled by the request');

  process.kill(pid, 'SIGUSR1');
  const [, address = ''] = await command.seen(/Debugger listening on ws:\/\/(\S+)\//);
  const debuggerOutput = await inspect(t, cwd, address);
  const line =
    fileOf(page, 'server.js')
      .split('\n')
      .findIndex((text) => text.includes('for (;;)')) + 1;
  assert.match(debuggerOutput, new RegExp(`break in server\\.js:${line}\n`));
  assert.match(debuggerOutput, new RegExp(`#0 .* server\\.js:${line}:`));
  assert.match(debuggerOutput, /'\/forever'/);
  process.kill(pid, 'SIGKILL');
  assert.equal(await answer, 'lost');
});

/** What `node inspect` shows of a process that computes, and where: it is stopped, and asked for its stack and a variable. */
async function inspect(t: TestContext, cwd: string, address: string): Promise<string> {
  const child = spawn(process.execPath, ['inspect', address], {
    cwd,
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  t.after(() => child.kill());
  const closed = once(child, 'close');
  const steps: [shown: RegExp, command: string][] = [
    [/ ok\n[^]*debug> $/, 'pause'],
    [/break in [^]*debug> $/, 'bt'],
    [/#1 [^]*debug> $/, 'exec("request.url")'],
    [/'\n[^]*debug> $/, '.exit'],
  ];
  let output = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const [shown, command] = steps[0] ?? [];
    if (!shown?.test(output.slice(seen))) return;
    steps.shift();
    seen = output.length;
    child.stdin.write(`${command}\n`);
  });
  await closed;
  return output;
}

test('the debugger of VS Code attaches where the workers listen', () => {
  const { configurations, compounds } = JSON.parse(fileOf(page, '.vscode/launch.json')) as {
    configurations: { name: string; port: number }[];
    compounds: { configurations: string[] }[];
  };
  const workers = Number(commandOf(page, /--inspect -w/).at(-2));
  // docs/configuration.md, Debugging: 9229, and the number of the worker and one.
  const expected = Array.from({ length: workers }, (_, slot) => 9229 + slot + 1);
  assert.deepEqual(
    configurations.map(({ port }) => port),
    expected,
  );
  assert.deepEqual(
    compounds[0]?.configurations,
    configurations.map(({ name }) => name),
  );
});

allAreTaken(page, 'debugging', ['kill -USR1 4711', 'node inspect 127.0.0.1:9230']);
