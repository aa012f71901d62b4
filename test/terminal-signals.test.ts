// What a terminal does to a service that runs in it: Ctrl-C, its end, and a job in the background.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask } from './client.js';
import { notes } from './draining.js';
import { app, isAlive, root, temporaryDirectory, until } from './harness.js';
import { childrenOf, Terminal, withoutTerminal } from './terminal.js';

const host = '127.0.0.1';
const baton = path.join(root, 'packages/core/bin/baton.js');

/**
 * A shell with job control that runs baton, as a person's does: `end` says what stands behind the command. What is pressed after that ends
 * nothing.
 */
function start(t: TestContext, name: string, end: string, env: NodeJS.ProcessEnv = {}): Terminal {
  const command = `"${process.execPath}" "${baton}" -w 2 --no-metrics "${app(name)}"`;
  const script = `set -m; trap : INT; ${command}${end}; status=$?; trap "" INT; echo "status $status"; exec sleep 60`;
  return new Terminal(t, ['bash', '-c', script], { XDG_RUNTIME_DIR: temporaryDirectory(t), ...env });
}

async function primaryIn(terminal: Terminal): Promise<number> {
  const [, pid] = await terminal.shows(/primary[^]*pid (\d+); stop/);
  return Number(pid);
}

/** What stands behind the name of a process: its state, parent, group, session and terminal (proc_pid_stat(5)). */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Without the blanks of lines that are cut in two. */
async function portIn(terminal: Terminal): Promise<string> {
  const [, port = ''] = await terminal.shows(/listening +127\.0\.0\.1:(\d+)/);
  return port;
}

const options = { skip: withoutTerminal };

test("Ctrl-C ends the service, and the app's own children", options, async (t) => {
  const terminal = start(t, 'spawns.cjs', '');
  const primary = await primaryIn(terminal);
  const helpers = childrenOf(primary).flatMap(childrenOf);
  assert.equal(helpers.length, 2);
  terminal.press('C-c');
  await terminal.shows(/SIGINT: stopping the workers\n[^]*status 0/);
  await until(() => !helpers.some(isAlive), 'the helpers have ended');
});

test('a second Ctrl-C ends at once what the first did not', options, async (t) => {
  const terminal = start(t, 'ignores-term.cjs', '');
  await primaryIn(terminal);
  terminal.press('C-c');
  await terminal.shows(/TERM ignored/);
  const again = setInterval(() => terminal.press('C-c'), 100);
  try {
    await terminal.shows(/SIGINT again: ending all workers now\n[^]*status 0/);
  } finally {
    clearInterval(again);
  }
});

test('a terminal that is closed ends the service, which finishes its requests', options, async (t) => {
  const { env, of } = notes(t);
  const terminal = start(t, 'hears-to-end.cjs', '', { LOG: env['LOG'], HEARS: 'SIGHUP SIGTERM' });
  const primary = await primaryIn(terminal);
  const port = await portIn(terminal);
  const workers = childrenOf(primary);
  const answers = Promise.all(Array.from({ length: 4 }, () => ask({ port, host })));
  await terminal.shows(/(asked[^]*){4}/);
  terminal.hangUp();
  assert.equal((await answers).length, 4);
  await until(() => ![primary, ...workers].some(isAlive), 'nothing is left');
  for (const pid of workers) assert.deepEqual(of(pid), ['SIGTERM']);
});

test('a service that has outlived its terminal reloads at HUP', options, async (t) => {
  const terminal = start(t, 'http.cjs', ' & disown; read line');
  const primary = await primaryIn(terminal);
  t.after(async () => {
    process.kill(primary, 'SIGTERM');
    await until(() => !isAlive(primary), 'the service has ended');
  });
  const workers = childrenOf(primary);
  terminal.hangUp();
  await until(() => statOf(primary)[4] === '0', 'the terminal is gone');
  process.kill(primary, 'SIGHUP');
  const areOthers = (): boolean => childrenOf(primary).every((pid) => !workers.includes(pid));
  await until(areOthers, 'there are other workers', 20_000);
});

test('in the background, reading the terminal stops the job, and starts no worker', options, async (t) => {
  const terminal = start(t, 'reads-input.cjs', ' & wait');
  const primary = await primaryIn(terminal);
  const workers = childrenOf(primary);
  terminal.press('x');
  terminal.press('Enter');
  const isStopped = (pid: number): boolean => statOf(pid)[0] === 'T';
  await until(() => [primary, ...workers].every(isStopped), 'all of the job are stopped');
  process.kill(-primary, 'SIGCONT');
  await until(() => [primary, ...workers].every(isStopped), 'they are stopped again');
  assert.deepEqual(childrenOf(primary), workers);
  assert.doesNotMatch(terminal.screen(), /SIGTTIN/);
  process.kill(-primary, 'SIGKILL');
});
