// As the first process of a container.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { ask } from './client.js';
import { app, startCommand, until, type Command } from './harness.js';

const prefix = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const isPermitted = spawnSync(prefix[0]!, [...prefix.slice(1), 'true']).status === 0;
const options = { skip: !isPermitted && 'it may not make a PID namespace' };

type Processes = Record<string, { state: string; parent: number }>;

interface Container {
  command: Command;
  get: (path: string) => Promise<unknown>;
}

async function startContainer(test: TestContext): Promise<Container> {
  const containers: Command[] = [];
  test.after(() => containers[0]?.process.kill('SIGKILL'));
  const command = startCommand(test, ['--no-metrics', '-w', '1', app('orphans.cjs')], { prefix });
  containers.push(command);
  await command.seen(/primary +\S+ pid 1;/);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  return { command, get: (path) => ask({ port, host: '127.0.0.1', path }) };
}

test('orphans are reaped when they end, and workers are told by their exit', options, async (t) => {
  const { command, get } = await startContainer(t);
  const pids: number[] = [];
  for (let count = 0; count < 3; count++) pids.push(((await get('/start')) as { pid: number }).pid);
  const all = async (condition: (process: Processes[string] | undefined) => boolean): Promise<boolean> => {
    const processes = (await get('/')) as Processes;
    return pids.every((pid) => condition(processes[pid]));
  };
  await until(() => all((process) => process?.parent === 1), 'they are orphans');
  assert.ok(await all((process) => process?.state === 'S'));
  await get('/end');
  await until(() => all((process) => process === undefined), 'they are reaped');
  await assert.rejects(get('/kill'));
  await command.seen(/worker 0 \(pid \d+\) ended by SIGKILL/);
  await command.seen(/worker 0 started again/);
});

test('orphans that end with their worker are reaped, and its exit is not taken', options, async (t) => {
  const { command, get } = await startContainer(t);
  const { pid } = (await get('/start')) as { pid: number };
  // The pipe ends with the worker, and with it the orphan.
  await assert.rejects(get('/kill'));
  await command.seen(/worker 0 \(pid \d+\) ended by SIGKILL/);
  await until(async () => !(pid in ((await get('/')) as Processes)), 'the orphan is reaped');
  const processes = Object.values((await get('/')) as Processes);
  assert.deepEqual(
    processes.filter(({ state }) => state === 'Z'),
    [],
  );
});

test('TERM ends it with 0', options, async (t) => {
  const { command } = await startContainer(t);
  const [init] = readFileSync(`/proc/${command.pid}/task/${command.pid}/children`, 'utf8').split(' ');
  process.kill(Number(init), 'SIGTERM');
  assert.deepEqual(await command.exited, { code: 0, signal: null });
});
