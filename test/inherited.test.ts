// Listening sockets that the primary inherits, as under systemd.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { ask, askMany } from './client.js';
import { app, temporaryDirectory, until } from './harness.js';

const host = '127.0.0.1';

test('an inherited listening socket is served, as under systemd', async (t) => {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const primary = spawn(
    process.execPath,
    [
      app('../../packages/core/bin/baton.js'),
      '-w',
      '2',
      '--no-metrics',
      '--no-control',
      app('inherited.cjs'),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ignore', fd],
    },
  );
  server.close();
  t.after(async () => {
    primary.kill();
    await once(primary, 'exit');
  });
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
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const args = [
    app('../../packages/core/bin/baton.js'),
    '-w',
    '2',
    '--no-metrics',
    '--no-control',
    app('inherited.cjs'),
  ];
  const primary = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'ignore', fd] });
  // Closing here removes the path that was bound.
  renameSync(bound, socketPath);
  server.close();
  t.after(async () => {
    primary.kill();
    await once(primary, 'exit');
  });
  await until(
    async () => (await askMany(20, 4, () => ask({ socketPath }))).size === 2,
    'both workers answer',
  );
});
