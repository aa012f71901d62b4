// Many connections that do nothing, at a reload.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { app, portOf, startPrimary, sumOfSlots, until } from './harness.js';

const host = '127.0.0.1';
const count = 10_000;
const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** The answer's pid, once it is whole. */
async function ask(socket: net.Socket): Promise<number> {
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  const [, pid] = /"pid":(\d+)/.exec(answer.toString()) ?? [];
  assert.ok(pid, answer.toString());
  return Number(pid);
}

/** Does `work` for each, 100 at a time. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
  };
  await Promise.all(Array.from({ length: 100 }, lane));
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: ${count} idle connections move at a reload, and none is closed`, async (t) => {
    const primary = await startPrimary(t, {
      app: app('http-keep-alive.cjs'),
      workers: 2,
      handoff,
      probationMs: 0,
      env: { ...process.env, HOST: host },
    });
    const port = portOf(primary);
    const sockets = new Set<net.Socket>();
    let closed = 0;
    try {
      await forEach([...Array(count).keys()], async () => {
        const socket = net.connect({ port, host });
        sockets.add(socket);
        socket.on('error', () => {}).on('close', () => (closed += 1));
        await once(socket, 'connect');
        await ask(socket);
      });
      const old = new Set(primary.snapshot().workers.map(({ pid }) => pid));
      const { durationMs } = await primary.reload();
      t.diagnostic(`reloaded in ${Math.round(durationMs)} ms`);
      assert.equal(closed, 0);
      assert.equal(
        sumOfSlots(primary, ({ connections }) => connections),
        count,
      );
      assert.ok(sumOfSlots(primary, ({ givenBack }) => givenBack) >= count);
      await forEach([...sockets], async (socket) => {
        assert.ok(!old.has(await ask(socket)), 'a new worker answers');
      });
      assert.equal(closed, 0);
    } finally {
      for (const socket of sockets) socket.destroy();
      await until(() => sumOfSlots(primary, ({ connections }) => connections) === 0, 'all are closed');
    }
  });
}
