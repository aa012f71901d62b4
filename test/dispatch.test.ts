// Which worker gets a connection, and that each accepted one is in a counter.
import assert from 'node:assert/strict';
import net from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, askMany } from './client.js';
import { app, portOf, startPrimary, until } from './harness.js';

/** All handoffs of a primary, by what came of them. */
function handoffs(primary: Primary): {
  accepted: number;
  claimed: number;
  declined: number;
  workerGone: number;
  open: number;
} {
  const { slots, listeners } = primary.snapshot();
  const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
  return {
    accepted: sum(listeners.map(({ accepted }) => accepted)),
    claimed: sum(slots.map(({ claimed }) => claimed)),
    declined: sum(slots.map(({ revoked }) => revoked.declined)),
    workerGone: sum(slots.map(({ revoked }) => revoked.workerGone)),
    open: sum(slots.map(({ open }) => open)),
  };
}

test('round-robin is exact: 1,000 connections one after the other over 4 workers give 250 each', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 4, policy: 'round-robin' });
  const bySlot = await askMany(1000, 1, () => ask({ port: portOf(primary), host: '::1' }));
  assert.deepEqual(Object.fromEntries(bySlot), { 0: 250, 1: 250, 2: 250, 3: 250 });
  assert.deepEqual(handoffs(primary), {
    accepted: 1000,
    claimed: 1000,
    declined: 0,
    workerGone: 0,
    open: 0,
  });
});

test('least-loaded prefers the worker with fewer open connections', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 2 });
  const port = portOf(primary);
  const held: net.Socket[] = [];
  t.after(() => held.forEach((socket) => socket.destroy()));
  const connections = (): number[] => primary.snapshot().slots.map((slot) => slot.connections);
  // A worker that still starts is busy, and has a connection less than its share.
  const serving = async (): Promise<number> => (await askMany(4, 1, () => ask({ port, host: '::1' }))).size;
  await until(async () => (await serving()) === 2, 'both have started');
  await until(() => connections().every((count) => count === 0), 'both are idle');
  const idleNs = (): number[] => primary.snapshot().targets.map((target) => target.idleNs);
  const bothIdle = async (): Promise<boolean> => {
    const before = idleNs();
    await new Promise((resolve) => setTimeout(resolve, 2));
    return idleNs().every((ns, worker) => ns - before[worker]! > 1e6);
  };
  for (let i = 0; i < 10; i++) {
    // One whose event loop runs when the connection comes, or waits for a processor, may be passed over.
    await until(bothIdle, 'both are idle');
    const socket = net.connect(port, '::1');
    held.push(socket);
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    await once(socket, 'data');
  }
  await until(() => connections().reduce((a, b) => a + b) === 10, 'all are counted');
  assert.ok(
    connections().every((count) => count >= 3),
    `both have some: ${connections().join(', ')}`,
  );
  // Requests come and go; those that stay open keep the balance where it is.
  const bySlot = await askMany(100, 1, () => ask({ port, host: '::1' }));
  assert.equal(bySlot.size, 2);
  for (const socket of held.splice(0, 8)) socket.destroy();
  await until(() => connections().reduce((a, b) => a + b) === 2, 'closed connections are counted');
  for (const socket of held) socket.destroy();
});

test('sticky: a client keeps its worker, and clients are spread', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 3,
    policy: 'sticky',
    env: { ...process.env, HOST: '127.0.0.1' },
  });
  const slots = new Set<number>();
  for (let client = 2; client < 42; client++) {
    const options = { port: portOf(primary), host: '127.0.0.1', localAddress: `127.0.0.${client}` };
    const bySlot = await askMany(3, 1, () => ask(options));
    assert.equal(bySlot.size, 1, `client ${client}`);
    for (const slot of bySlot.keys()) slots.add(slot);
  }
  assert.equal(slots.size, 3);
});

test('a server closed in one worker leaves its connections to the others; closed in all, they are refused', async (t) => {
  const primary = await startPrimary(t, { app: app('closes.cjs'), workers: 3, policy: 'round-robin' });
  const port = portOf(primary);
  const closed: number[] = [];
  for (const left of [2, 1]) {
    const { slot } = await ask({ port, host: '127.0.0.1', path: '/close' });
    closed.push(slot);
    const bySlot = await askMany(30, 4, () => ask({ port, host: '127.0.0.1' }));
    assert.equal(bySlot.size, left);
    for (const gone of closed) assert.ok(!bySlot.has(gone), `slot ${gone} has closed its server`);
  }
  await ask({ port, host: '127.0.0.1', path: '/close' });
  await until(() => primary.addresses.length === 0, 'the listener is closed');
  await assert.rejects(ask({ port, host: '127.0.0.1' }), { code: 'ECONNREFUSED' });
  const { accepted, claimed, open } = handoffs(primary);
  assert.deepEqual({ claimed, open }, { claimed: accepted, open: 0 });
});

test('servers closed in the middle of a flood: no connection is lost', async (t) => {
  const primary = await startPrimary(t, { app: app('closes-net.cjs'), workers: 3, policy: 'round-robin' });
  const port = portOf(primary);
  let asked = 0;
  const bySlot = await askMany(600, 32, () => {
    asked += 1;
    return ask({ port, host: '127.0.0.1', path: asked === 100 || asked === 101 ? '/close' : '/' });
  });
  assert.equal(
    [...bySlot.values()].reduce((a, b) => a + b),
    600,
  );
  const { accepted, claimed } = handoffs(primary);
  assert.equal(claimed, accepted);
});

test('what was on its way to a worker that ends is answered by another', async (t) => {
  const primary = await startPrimary(t, {
    app: app('blocks-and-exits.cjs'),
    workers: 2,
    policy: 'round-robin',
  });
  const target = { port: portOf(primary), host: '127.0.0.1' };
  const blocked = assert.rejects(ask({ ...target, path: '/block' }));
  await until(() => handoffs(primary).claimed === 1, 'one worker blocks');
  const bySlot = await askMany(40, 40, () => ask(target));
  assert.equal(
    [...bySlot.values()].reduce((a, b) => a + b),
    40,
  );
  await blocked;
  const { workerGone } = handoffs(primary);
  assert.ok(workerGone >= 15, `half of them had been sent to the blocked one: ${workerGone}`);
});

test('connections that the app resets are counted as closed', async (t) => {
  const primary = await startPrimary(t, { app: app('resets.cjs'), workers: 1 });
  for (let i = 0; i < 20; i++) {
    const socket = net.connect(portOf(primary), '127.0.0.1').on('error', () => {});
    await new Promise((resolve) => socket.on('close', resolve));
  }
  await until(() => primary.snapshot().slots[0]?.connections === 0, 'no connection is left');
  assert.equal(handoffs(primary).claimed, 20);
});

test('a UDP socket is shared by the workers, and closed when the last one has closed it', async (t) => {
  const primary = await startPrimary(t, { app: app('udp-closes.cjs'), workers: 2, policy: 'round-robin' });
  // A worker is ready when it serves connections: by then its UDP socket, which came first, is bound.
  assert.equal(primary.addresses.length, 2);
  const http = primary.addresses.at(-1);
  assert.ok(http);
  for (let i = 0; i < 2; i++) await ask({ port: http.port, host: '127.0.0.1', path: '/close' });
  await until(() => primary.addresses.length === 1, 'the UDP socket is closed');
});
