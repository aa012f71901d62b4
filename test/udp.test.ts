// UDP sockets, which workers share by descriptor.
import { once } from 'node:events';
import dgram from 'node:dgram';
import { test } from 'node:test';
import { app, startPrimary, until } from './harness.js';

/** Whether nobody is bound to the port. */
async function isFree(port: number): Promise<boolean> {
  const socket = dgram.createSocket('udp4');
  const bound = once(socket.bind(port, '127.0.0.1'), 'listening');
  const isFree = await bound.then(
    () => true,
    () => false,
  );
  socket.close();
  return isFree;
}

async function freePort(): Promise<number> {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: sockets that are closed while the primary is asked for them`, async (t) => {
    const port = await freePort();
    // Of one worker: a crash would be the end of the start.
    await startPrimary(t, {
      app: app('udp-closed-early.cjs'),
      workers: 1,
      handoff,
      env: { ...process.env, PORT: String(port) },
    });
    await until(() => isFree(port), 'the primary has closed what nobody uses');
  });
}
