// What docs/sizing.md says of queues and of file descriptors.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { app, openFds, portOf, root, startCommand, startPrimary, until } from './harness.js';

const page = readFileSync(path.join(root, 'docs/sizing.md'), 'utf8');
const host = '127.0.0.1';
const env = { HOST: host };

const withoutSs =
  spawnSync('ss', ['--version']).status !== 0 && 'ss (Debian package iproute2) is not installed';

/** How many connections the kernel keeps for a listening socket. */
function backlogOf(port: number): number {
  const { stdout } = spawnSync('ss', ['-Hltn', `sport = :${port}`], { encoding: 'utf8' });
  const [, , limit] = stdout.trim().split(/\s+/);
  return Number(limit);
}

const number = (pattern: RegExp): number => Number(pattern.exec(page)?.[1]?.replace(',', ''));

test('the backlog is that of the page, at most what the kernel allows', { skip: withoutSs }, async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 1,
    env: { ...process.env, ...env },
  });
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  assert.equal(backlogOf(portOf(primary)), Math.min(number(/a backlog of (\d+),/), most));
});

/** The command's process with two workers, and the port. */
async function start(
  t: TestContext,
  prefix: string[] = [],
): Promise<{ pid: number; port: number; workers: number[] }> {
  // Of what a stalled worker has left to another, the primary keeps some copies for longer.
  const args = [
    '-w',
    '2',
    '--stall-after',
    '10s',
    '--no-metrics',
    '--no-control',
    app('http-keep-alive.cjs'),
  ];
  const command = startCommand(t, args, { env, prefix });
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  const [, pids = ''] = await command.seen(/workers +2 \(pid ([\d, ]+)\)/);
  return { pid: command.pid, port: Number(port), workers: pids.split(', ').map(Number) };
}

test('the soft limit of open files becomes the hard one, in all processes', async (t) => {
  const { pid, workers } = await start(t, ['sh', '-c', 'ulimit -Sn 256 && exec "$@"', 'sh']);
  assert.equal(workers.length, 2);
  for (const each of [pid, ...workers]) {
    const limits = readFileSync(`/proc/${each}/limits`, 'utf8');
    const [, soft, hard] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
    assert.notEqual(soft, '256');
    assert.equal(soft, hard);
  }
});

test('an idle connection costs its worker a descriptor, and the primary none', async (t) => {
  const { pid, port, workers } = await start(t);
  const count = (each: number): number => openFds(each).size;
  const inWorkers = (): number => workers.reduce((total, each) => total + count(each), 0);
  const before = inWorkers();
  const idle = number(/has some (\d+), and 2/) + 2 * workers.length;
  const sockets = Array.from({ length: 100 }, () => net.connect(port, host));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  await Promise.all(
    sockets.map((socket) => {
      socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      return once(socket, 'data');
    }),
  );
  await until(() => inWorkers() - before === sockets.length, 'workers have all of them');
  // Copies are kept for a second.
  await until(() => count(pid) <= idle, 'the primary has none');
  assert.ok(sockets.length > idle);
});
