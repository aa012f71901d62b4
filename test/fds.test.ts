// Processes that may open few files: the service is slower, and loses nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { ask, askMany } from './client.js';
import { app, openFds, portOf, startCommand, startPrimary, until } from './harness.js';

const limit = 64;
const clients = 200;
const requests = 1_000;

/** prlimit(1) of util-linux, which every Linux has: as `ulimit -n` in a shell that starts this one process. */
function limitFds(pid: number): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:${limit}`], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

/** Time that all threads of a process have had a processor. */
function cpuMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return ns.reduce((a, b) => a + b, 0) / 1e6;
}

for (const who of ['the primary', 'one worker', 'all']) {
  test(`a limit of ${limit} open files for ${who}`, async (t) => {
    const args = ['--workers', '2', '--no-metrics', app('slow-answer.cjs')];
    const command = startCommand(t, args);
    const [, portText, pids = ''] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*\(pid ([\d, ]+)\)/);
    const port = Number(portText);
    const workers = pids.split(', ').map(Number);
    const limited = { 'the primary': [command.pid], 'one worker': [workers[0] ?? 0] }[who] ?? [
      command.pid,
      ...workers,
    ];
    for (const pid of limited) limitFds(pid);
    await ask({ port, host: '127.0.0.1' });
    const processes = [command.pid, ...workers];
    const before = processes.map((pid) => openFds(pid).size);

    const bySlot = await askMany(requests, clients, () => ask({ port, host: '127.0.0.1' }));
    assert.equal(
      [...bySlot.values()].reduce((a, b) => a + b),
      requests,
    );
    t.diagnostic(`answered by slot: ${JSON.stringify([...bySlot])}`);

    // Idle connections take all the descriptors there are, and more wait: nothing may turn round and round meanwhile.
    const idle: net.Socket[] = [];
    t.after(() => idle.forEach((socket) => socket.destroy()));
    for (let i = 0; i < 150; i++) {
      const socket = net.connect(port, '127.0.0.1');
      idle.push(socket);
      await once(socket, 'connect');
    }
    const used = cpuMs(command.pid);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // the time is what is measured
    const usedIdle = cpuMs(command.pid) - used;
    t.diagnostic(`the primary used ${usedIdle.toFixed(1)} ms of processor time in one second`);
    assert.ok(usedIdle < 200, 'it does not spin');

    for (const socket of idle) socket.destroy();
    await ask({ port, host: '127.0.0.1' });
    for (const [i, pid] of processes.entries())
      await until(() => openFds(pid).size <= (before[i] ?? 0), `process ${pid} has its ${before[i]} fds`);
  });
}

test('fds of the primary and of the workers are the same after 200 connections as before', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 2 });
  const ask10 = (count: number): Promise<unknown> =>
    askMany(count, 10, () => ask({ port: portOf(primary), host: '::1' }));
  await ask10(20);
  const processes = ['self', ...primary.snapshot().workers.map(({ pid }) => pid!)] as const;
  const settled = (): boolean => primary.snapshot().slots.every(({ connections }) => connections === 0);
  await until(settled, 'all connections are closed');
  const before = processes.map((pid) => openFds(pid).size);
  await ask10(200);
  await until(settled, 'all connections are closed');
  await until(
    () => processes.every((pid, i) => openFds(pid).size <= before[i]!),
    `no more fds than before: ${before.join(', ')}`,
  );
});
