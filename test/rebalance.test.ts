// Workers that have more than their share of connections give idle ones to others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { connect, connected, handoffs, startDrainable, underWay } from './draining.js';
import { keepAskingWhile } from './keep-alive.js';
import { app, portOf, startPrimary, sumOfSlots, until } from './harness.js';
import type { RawClient } from './raw-client.js';

function shares(primary: Primary): number[] {
  return primary.snapshot().slots.map(({ connections }) => connections);
}

function rebalanced(primary: Primary): number {
  return sumOfSlots(primary, (slot) => slot.rebalanced);
}

/** Waits until each of so many slots has `mean`, or one more or fewer. */
async function areEven(primary: Primary, slots: number, mean: number): Promise<void> {
  const isEven = (count: number): boolean => Math.abs(count - mean) <= 1;
  await until(
    () => shares(primary).slice(0, slots).every(isEven),
    `each of ${slots} has some ${mean} connections`,
  );
}

/** So many clients that have been answered once. */
async function connectAndAsk(primary: Primary, count: number): Promise<RawClient[]> {
  const clients = await connect(primary, count);
  for (const client of clients) await client.ask();
  return clients;
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: workers that are added get their share of the open connections, and no client notices`, async (t) => {
    const primary = await startDrainable(t, 'http-keep-alive.cjs', {
      handoff,
      env: { ...process.env, HOST: '127.0.0.1' },
    });
    const clients = await connectAndAsk(primary, 60);
    await primary.scale(3);
    await areEven(primary, 3, 20);
    const pids = new Set<number>();
    for (const client of clients) pids.add((await client.ask()).pid);
    assert.equal(pids.size, 3, 'all answer');
    assert.ok(clients.every(({ over }) => over === undefined));
    const { slots, listeners } = primary.snapshot();
    const [giver] = slots;
    assert.deepEqual([giver?.rebalanced, giver?.givenBack], [40, 40]);
    assert.equal(rebalanced(primary), 40, 'nothing has moved to and fro');
    assert.equal(listeners[0]?.accepted, 60);
    assert.equal(primary.snapshot().recordsRefused, 0);
  });

  test(`handoff of ${handoff}: under load, after a worker was killed, shares are even again, and nothing else fails`, async (t) => {
    const primary = await startPrimary(t, {
      app: app('http-keep-alive.cjs'),
      workers: 2,
      handoff,
      minUptimeMs: 0,
      env: { ...process.env, HOST: '127.0.0.1' },
    });
    let its = 0;
    const seen = await keepAskingWhile({ port: portOf(primary), host: '127.0.0.1' }, 40, async () => {
      await connected(primary, 40);
      await until(() => shares(primary).every((count) => count > 0), 'both have some');
      its = Math.max(...shares(primary));
      const [victim] = primary.snapshot().workers;
      assert.ok(victim?.pid !== undefined);
      process.kill(victim.pid, 'SIGKILL');
      await until(() => primary.snapshot().workers.every(({ pid }) => pid !== victim.pid), 'it is gone');
      await until(() => primary.snapshot().workers.every(({ state }) => state === 'ready'), 'another is up');
      await areEven(primary, 2, 20);
    });
    // Those of the killed worker, once each: with a request under way, or without.
    const failed = Object.values(seen.failed).reduce((sum, count) => sum + count, 0);
    assert.ok(failed <= its, JSON.stringify(seen.failed));
    assert.ok(seen.reconnected <= its, `${seen.reconnected} have reconnected`);
    assert.ok(seen.answered > 40);
  });

  test(`handoff of ${handoff}: a request that is under way stays where it is; its connection moves when it is answered`, async (t) => {
    const primary = await startDrainable(t, 'holds.cjs', { handoff });
    const clients = await connectAndAsk(primary, 20);
    const [held, idle] = [clients.slice(0, 15), clients.slice(15)];
    const { pid: giver } = await idle[0]!.ask();
    for (const client of held) client.send('GET /held HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 15);
    await primary.scale(2);
    await until(() => rebalanced(primary) === 5, 'the idle ones are given');
    await until(() => shares(primary).join() === '15,5', 'the others stay');
    for (const client of idle) assert.notEqual((await client.ask()).pid, giver);
    process.kill(giver, 'SIGUSR2');
    for (const client of held) assert.equal((await client.answer()).pid, giver);
    await areEven(primary, 2, 10);
    for (const client of clients) await client.ask();
    assert.equal(rebalanced(primary), 10);
  });

  test(`handoff of ${handoff}: what the app keeps, and what is authenticated by connection, stays`, async (t) => {
    const primary = await startDrainable(t, 'keeps.cjs', { handoff });
    const kept = await connect(primary, 4);
    const challenged = await connect(primary, 4);
    const others = await connectAndAsk(primary, 8);
    const { pid: giver } = await others[0]!.ask();
    for (const client of kept) await client.ask('/keep');
    for (const client of challenged) {
      client.send('GET /ntlm HTTP/1.1\r\nHost: a\r\n\r\n');
      assert.equal((await client.response()).status, 401);
    }
    await primary.scale(2);
    // Of those that may move, each has half.
    await until(() => shares(primary).join() === '12,4', 'half of the others are given');
    for (const client of [...kept, ...challenged]) assert.equal((await client.ask()).pid, giver);
    let stayed = 0;
    for (const client of others) if ((await client.ask()).pid === giver) stayed += 1;
    assert.equal(stayed, 4);
  });
}

test('connections on which nothing has come yet have their share, too', async (t) => {
  const primary = await startDrainable(t, 'http-keep-alive.cjs', {
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const silent = await connect(primary, 20);
  await connected(primary, 20);
  await primary.scale(2);
  await areEven(primary, 2, 10);
  const pids = new Set<number>();
  for (const client of silent) pids.add((await client.ask()).pid);
  assert.equal(pids.size, 2);
});

const still = {
  'with rebalance: false': { rebalance: false },
  'with policy sticky': { policy: 'sticky' },
} as const;
for (const [what, options] of Object.entries(still)) {
  test(`${what} nothing moves`, async (t) => {
    const primary = await startDrainable(t, 'http-keep-alive.cjs', {
      ...options,
      env: { ...process.env, HOST: '127.0.0.1' },
    });
    await connectAndAsk(primary, 20);
    await primary.scale(2);
    // A connection more shows that the primary has looked since; several looks would have been enough for an order.
    for (let i = 0; i < 6; i++) {
      const [client] = await connectAndAsk(primary, 1);
      await new Promise((resolve) => setTimeout(resolve, 110));
      client!.socket.destroy();
    }
    assert.equal(rebalanced(primary), 0);
    assert.ok(shares(primary)[0]! >= 20);
  });
}

test('a worker that holds connections which cannot move goes on with its part of the others', async (t) => {
  const primary = await startDrainable(t, 'upgrades.cjs');
  const upgraded = await connect(primary, 30);
  for (const client of upgraded) {
    client.send('GET /echo HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    assert.equal((await client.response()).status, 101);
  }
  const clients = await connectAndAsk(primary, 12);
  await primary.scale(2);
  await until(() => shares(primary).join() === '36,6', 'half of those that may move are given');
  for (const client of clients) await client.ask();
  assert.equal(rebalanced(primary), 6);
});

test('connections of a server that has begun to listen elsewhere are not given back', async (t) => {
  const primary = await startDrainable(t, 'listens-elsewhere.cjs');
  const clients = await connectAndAsk(primary, 8);
  const before = portOf(primary);
  await clients[0]!.ask('/elsewhere');
  await until(() => primary.addresses.every(({ port }) => port !== before), 'it listens elsewhere');
  await connectAndAsk(primary, 4);
  await primary.scale(2);
  await until(() => rebalanced(primary) === 2, 'two of the new ones are given');
  for (const client of clients) await client.ask();
});
