// An app with @fastify/websocket and the Fastify plugin: its WebSockets are closed as soon as the worker is to end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { WebSocket } from 'ws';
import { beginReload, connectOne, cutOff, handoffs, notes, pidOf, startDrainable } from './draining.js';
import { portOf } from './harness.js';

/** Of service restart: RFC 6455, registry of close codes. */
const serviceRestart = 1012;

async function open(primary: Primary): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(primary)}/socket`);
  await once(socket, 'open');
  return socket;
}

async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
}

for (const handoff of handoffs) {
  for (const end of ['reload', 'stop'] as const) {
    for (const scope of ['app', 'context']) {
      test(`handoff of ${handoff}, ${end}: WebSockets of the ${scope} are closed with 1012, at once`, async (t) => {
        const { env, of } = notes(t);
        const primary = await startDrainable(t, 'fastify-websocket.mjs', {
          handoff,
          drainTimeoutMs: 30_000,
          stopTimeoutMs: 30_000,
          env: { ...env, ...(scope === 'context' ? { SCOPED: '1' } : {}) },
        });
        const pid = pidOf(primary);
        const codes = (await Promise.all([open(primary), open(primary)])).map(closeCode);
        const from = performance.now();
        await primary[end]();
        assert.deepEqual(await Promise.all(codes), [serviceRestart, serviceRestart]);
        assert.ok(performance.now() - from < 15_000, 'no deadline was waited for');
        assert.deepEqual([of(pid), cutOff(primary)], [['0'], 0]);
        await primary.stop();
      });
    }
  }
}

test('a WebSocket that is opened while the worker drains is closed, too', async (t) => {
  const { env } = notes(t);
  const primary = await startDrainable(t, 'fastify-websocket.mjs', {
    drainTimeoutMs: 30_000,
    env,
  });
  const client = await connectOne(primary);
  await client.ask();
  client.send(
    'GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
  );
  const { done } = await beginReload(primary);
  client.send('\r\n');
  assert.equal((await client.response()).status, 101);
  // A close frame with nothing but a code: RFC 6455, 5.5.1.
  assert.deepEqual([...(await client.read(4))], [0x88, 2, serviceRestart >> 8, serviceRestart & 0xff]);
  await client.destroy();
  await done;
  await primary.stop();
});
