// Requests of HTTP/1 that are under way are counted, and those that nobody will answer are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app, portOf, startPrimary, sumOfSlots, until } from './harness.js';
import { RawClients, type RawClient } from './raw-client.js';

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

for (const handoff of ['connections', 'listeners'] as const) {
  for (const useTls of [false, true]) {
    test(`handoff of ${handoff}${useTls ? ', TLS' : ''}: requests are counted until they are answered, or their client leaves`, async (t) => {
      const env = { ...process.env, ...(useTls && { TLS: '1' }) };
      const clients = new RawClients(t);
      const primary = await startPrimary(t, { app: app('holds.cjs'), workers: 1, handoff, env });
      const requests = (): number => sumOfSlots(primary, (slot) => slot.requests);
      const connect = (): Promise<RawClient> => clients.connect(portOf(primary), { useTls });
      const [stays, leaves, pipelines, resets] = [
        await connect(),
        await connect(),
        await connect(),
        await connect(),
      ];
      for (const client of [stays, leaves, pipelines, resets]) {
        const { pid } = await client.ask();
        assert.ok(pid > 0);
      }
      await until(() => requests() === 0, 'the answered ones are counted no more');
      for (const client of [stays, leaves, resets]) client.send(request('/held'));
      pipelines.send(request('/held').repeat(3));
      await until(() => requests() === 6, 'all are under way');
      leaves.socket.destroy();
      await until(() => requests() === 5, 'one has left');
      pipelines.socket.destroy();
      await until(() => requests() === 2, 'one has left with three');
      if (useTls) resets.socket.destroy();
      else resets.socket.resetAndDestroy();
      await until(() => requests() === 1, 'one has reset its connection');
      const [worker] = primary.snapshot().workers;
      process.kill(worker?.pid ?? 0, 'SIGUSR2');
      assert.equal((await stays.answer()).path, '/held');
      await until(() => requests() === 0, 'none is under way');
      assert.equal((await stays.ask('/again')).path, '/again');
      await until(() => requests() === 0, 'none is left');
    });
  }
}
