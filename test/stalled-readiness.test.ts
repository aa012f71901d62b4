// /readyz and the metrics of workers whose event loop stands still, while no new connection comes.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Primary } from '@baton/core';
import { httpRequest } from './client.js';
import { connectOne, handoffs, startDrainable } from './draining.js';
import { sumOfSlots, until } from './harness.js';
import type { RawClient } from './raw-client.js';

const workers = 2;
const stalledTimeoutMs = 500;
const blockMs = 3_000;

type Options = Parameters<typeof startDrainable>[2];

function start(t: TestContext, app: string, options: Options = {}): Promise<Primary> {
  return startDrainable(t, app, { workers, stallAfterMs: 20, metrics: { port: 0 }, ...options });
}

async function readyz(primary: Primary): Promise<{ status: number | undefined; text: string }> {
  const { status, text } = await httpRequest(new URL('/readyz', primary.metricsUrl));
  return { status, text };
}

/** A client with a connection that its worker has answered on, for each worker. */
async function oneForEach(primary: Primary): Promise<RawClient[]> {
  const clients = new Map<number, RawClient>();
  await until(async () => {
    const client = await connectOne(primary);
    const { pid } = await client.ask();
    if (clients.has(pid)) client.socket.destroy();
    else clients.set(pid, client);
    return clients.size === workers;
  }, 'each worker has a connection');
  return [...clients.values()];
}

function stalledSeconds(primary: Primary): number {
  return sumOfSlots(primary, ({ stalledNs }) => stalledNs) / 1e9;
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: not ready while all workers are blocked by requests of kept connections`, async (t) => {
    const primary = await start(t, 'blocks.cjs', { handoff, stalledTimeoutMs });
    const clients = await oneForEach(primary);
    assert.deepEqual(await readyz(primary), { status: 200, text: 'ready: 2, needed: 1\n' });

    const answers = clients.map((client) => client.ask(`/block/${blockMs}`));
    await until(async () => (await readyz(primary)).status === 503, 'it is not ready', blockMs);
    assert.match(
      (await readyz(primary)).text,
      /^ready: 2, needed: 1\nall are stalled: no event loop has turned for \d\.\d s, longer than --stalled-timeout 500ms\n$/,
    );
    for (const { stalledForMs } of primary.status().workers) assert.ok(stalledForMs > stalledTimeoutMs);
    await Promise.all(answers);
    await until(async () => (await readyz(primary)).status === 200, 'it is ready again');
  });

  test(`handoff of ${handoff}: the time that a worker was blocked is measured, though nobody looked`, async (t) => {
    const primary = await start(t, 'blocks.cjs', { handoff });
    const [client] = await oneForEach(primary);
    const before = stalledSeconds(primary);
    const startedAt = performance.now();
    await client!.ask('/block/1000');
    const took = (performance.now() - startedAt) / 1_000;
    await until(() => stalledSeconds(primary) > before + 0.9, 'the second is measured');
    assert.ok(stalledSeconds(primary) <= before + took, 'and no more than that');
  });
}

test('one worker whose event loop turns is enough', async (t) => {
  const primary = await start(t, 'blocks.cjs', { stalledTimeoutMs });
  const [client] = await oneForEach(primary);
  const answer = client!.ask('/block/1500');
  await until(
    () => primary.status().workers.some(({ stalledForMs }) => stalledForMs > stalledTimeoutMs),
    'one is blocked',
    1_500,
  );
  assert.equal((await readyz(primary)).status, 200);
  await answer;
});

test('without a limit it stays ready', async (t) => {
  const primary = await start(t, 'blocks.cjs', { stalledTimeoutMs: 0 });
  const clients = await oneForEach(primary);
  const answers = clients.map((client) => client.ask('/block/1000'));
  await until(
    () => primary.status().workers.every(({ stalledForMs }) => stalledForMs > 500),
    'all block',
    900,
  );
  assert.equal((await readyz(primary)).status, 200);
  await Promise.all(answers);
});

test('a worker that seems to wait, but blocks in a callback that nobody saw begin, is found out by asking', async (t) => {
  const primary = await start(t, 'blocks-after-body.cjs', { stalledTimeoutMs });
  const clients = await oneForEach(primary);
  for (const client of clients) {
    client.send(
      `POST /block/${blockMs + 2_000} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The turn in which the head was read is over when the body comes.
    assert.equal((await client.response()).status, 100);
  }
  for (const client of clients) client.send('x');
  await until(async () => (await readyz(primary)).status === 503, 'it is not ready', blockMs + 2_000);
  for (const client of clients) await client.answer();
  await until(async () => (await readyz(primary)).status === 200, 'it is ready again');
});
