// Sockets that the primary inherits, as under systemd.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask, askMany } from './client.js';
import { app, openFds, temporaryDirectory, until } from './harness.js';

const host = '127.0.0.1';

/** The command, with these descriptors of this process, from 4 on. */
function startWith(
  t: TestContext,
  descriptors: number[],
  args: string[],
  { execArgv = [], env = {} }: { execArgv?: string[]; env?: NodeJS.ProcessEnv } = {},
): ChildProcess {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe', 'ignore', ...descriptors];
  const command = [...execArgv, app('../../packages/core/bin/baton.js'), ...args];
  const primary = spawn(process.execPath, command, { stdio, env: { ...process.env, ...env } });
  primary.stderr?.resume();
  const exited = once(primary, 'exit');
  t.after(async () => {
    primary.kill();
    await exited;
  });
  return primary;
}

function fdOf(server: object): number {
  return (server as { _handle: { fd: number } })._handle.fd;
}

const served = ['-w', '2', '--no-metrics', '--no-control', app('inherited.cjs')];

test('an inherited listening socket is served, as under systemd', async (t) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  startWith(t, [fdOf(server)], served);
  server.close();
  const bySlot = await askMany(40, 4, () => ask({ port, host }));
  assert.ok(bySlot.size >= 1);
  await until(
    async () => (await askMany(20, 4, () => ask({ port, host }))).size === 2,
    'both workers answer',
  );
});

test('an inherited Unix socket is served too', async (t) => {
  const bound = path.join(temporaryDirectory(t), 'bound.sock');
  const socketPath = `${bound}-moved`;
  const server = net.createServer().listen(bound);
  await once(server, 'listening');
  startWith(t, [fdOf(server)], served);
  // Closing here removes the path that was bound.
  renameSync(bound, socketPath);
  server.close();
  await until(
    async () => (await askMany(20, 4, () => ask({ socketPath }))).size === 2,
    'both workers answer',
  );
});

test("nothing but what was inherited is a worker's to listen on", async (t) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const before = openFds();
  const udp = dgram.createSocket('udp4').bind(0, host);
  await once(udp, 'listening');
  // Nothing of Node's tells it on all versions.
  const [udpFd] = [...openFds()].find(([fd, what]) => what.startsWith('socket:') && !before.has(fd)) ?? [];
  assert.ok(udpFd !== undefined);
  const connected = net.connect((server.address() as net.AddressInfo).port, host);
  await once(connected, 'connect');
  // The primary itself listens for commands, for scrapes, and for a debugger, the last before its first line runs.
  const args = ['-w', '1', '--metrics', '0', '--name', 'inherits', app('tries-descriptors.cjs')];
  const primary = startWith(t, [fdOf(server), udpFd, fdOf(connected)], args, {
    execArgv: [`--inspect=${host}:0`],
    env: { XDG_RUNTIME_DIR: temporaryDirectory(t) },
  });
  const found: string[] = [];
  primary.stdout?.setEncoding('utf8').on('data', (text: string) => found.push(text));
  await until(() => found.join('').includes('\n'), 'the app has tried them');
  assert.deepEqual(JSON.parse(found.join('')), { tcp: [4], udp: [5] });
  connected.destroy();
  udp.close();
  server.close();
});
