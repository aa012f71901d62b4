// Workers whose event loop stands still: what they have not claimed goes to others.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, type Answer } from './client.js';
import { app, openFds, portOf, startPrimary, temporaryDirectory, until } from './harness.js';
import { Journal } from './journal.js';

/** The default. */
const stallAfterMs = 20;

function revokedAsStalled(primary: Primary, slot: number): number {
  return primary.snapshot().slots[slot]?.revoked.stalled ?? NaN;
}

/** A request on a connection of its own: all that comes back until the server closes. */
async function exchange(port: number, path: string): Promise<{ text: string; tookMs: number }> {
  const startedAt = performance.now();
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`);
  let text = '';
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk);
  return { text, tookMs: performance.now() - startedAt };
}

test('a worker stopped in the middle of a flood: others answer what it has not claimed, and nobody answers twice', async (t) => {
  const journal = new Journal(temporaryDirectory(t));
  const primary = await startPrimary(t, {
    app: app('journal.cjs'),
    workers: 3,
    policy: 'round-robin',
    stallAfterMs,
    env: journal.env,
  });
  const port = portOf(primary);
  const total = 600;
  const stopAt = 200;
  const [{ pid: stopped = -1 } = {}] = primary.snapshot().workers;
  await ask({ port, host: '127.0.0.1', path: '/first' });
  const fdsBefore = openFds(stopped).size;

  let sent = 0;
  const answers: { text: string; tookMs: number; slot: number }[] = [];
  const client = async (): Promise<void> => {
    while (sent < total) {
      const id = sent++;
      if (id === stopAt) process.kill(stopped, 'SIGSTOP');
      const { text, tookMs } = await exchange(port, `/${id}`);
      const { slot } = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as Answer;
      answers.push({ text, tookMs, slot });
    }
  };
  const all = Promise.all(Array.from({ length: 32 }, client));
  // Some clients hang on what the stopped worker had claimed; the others ask until all is sent.
  const bySlot = (slot: number): number => answers.filter((answer) => answer.slot === slot).length;
  const stuck = (): number => (primary.snapshot().slots[0]?.claimed ?? NaN) - bySlot(0);
  const settled = (): boolean => sent === total && answers.length + stuck() >= total;
  await until(settled, 'all are answered but what the stopped worker had claimed', 20_000);
  const longest = Math.max(...answers.filter(({ slot }) => slot !== 0).map(({ tookMs }) => tookMs));
  t.diagnostic(
    `${revokedAsStalled(primary, 0)} taken back, ${stuck()} claimed before; the longest answer of others took ${longest.toFixed()} ms`,
  );
  assert.ok(revokedAsStalled(primary, 0) >= 1);
  process.kill(stopped, 'SIGCONT');
  await all;

  assert.equal(answers.length, total);
  for (const { text } of answers) assert.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 1);
  const begun = journal.begun();
  assert.equal(begun.size, total + 1);
  for (const [path, pids] of begun) assert.equal(pids.length, 1, `${path} was begun by ${pids.join(', ')}`);
  await until(() => openFds(stopped).size <= fdsBefore, 'it has closed what it lost');
  const { slots, listeners } = primary.snapshot();
  assert.equal(
    slots.reduce((sum, { claimed, givenBack }) => sum + claimed - givenBack, 0),
    listeners[0]?.accepted,
  );
});

test('a worker that blocks gets nothing while others are awake', async (t) => {
  const primary = await startPrimary(t, {
    app: app('blocks.cjs'),
    workers: 2,
    policy: 'round-robin',
    stallAfterMs,
  });
  const target = { port: portOf(primary), host: '127.0.0.1' };
  const order: string[] = [];
  const block = ask({ ...target, path: '/block/1500' }).then(({ slot }) => {
    order.push('blocked');
    return slot;
  });
  await until(
    () => primary.snapshot().slots.some(({ requests }) => requests === 1),
    'one has begun to answer, and blocks',
  );
  const others = await Promise.all(Array.from({ length: 40 }, () => ask(target)));
  order.push('others');
  const slot = await block;
  assert.deepEqual(order, ['others', 'blocked'], 'nobody waited for the end of the block');
  for (const answer of others) assert.notEqual(answer.slot, slot);
  const { stalledNs } = primary.snapshot().slots[slot] ?? {};
  assert.ok(stalledNs !== undefined && stalledNs > 0.5e9 && stalledNs < 5e9, `stalled for ${stalledNs} ns`);
});

test('a worker that idles is not stalled, however long', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 2, stallAfterMs: 100 });
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 250)); // longer than stallAfter: the time is the test
    await ask({ port: portOf(primary), host: '127.0.0.1' });
  }
  for (const slot of [0, 1]) {
    assert.equal(revokedAsStalled(primary, slot), 0);
    assert.equal(primary.snapshot().slots[slot]?.stalledNs, 0);
  }
});

test('a connection taken back from a stalled worker ends when the app closes it, duplicate or not', async (t) => {
  const primary = await startPrimary(t, {
    app: app('destroys.cjs'),
    workers: 2,
    policy: 'round-robin',
    stallAfterMs,
  });
  const [{ pid = -1 } = {}] = primary.snapshot().workers;
  process.kill(pid, 'SIGSTOP');
  // Two in turn: one of them was offered to the stopped worker, in whose channel its duplicate stays.
  for (let i = 0; i < 2; i++) {
    const socket = net.connect(portOf(primary), '127.0.0.1').resume();
    await once(socket, 'close');
  }
  assert.equal(revokedAsStalled(primary, 0), 1);
  process.kill(pid, 'SIGCONT');
});

test('a connection taken back from a stalled worker may be given to a child process', async (t) => {
  const primary = await startPrimary(t, {
    app: app('gives-away.cjs'),
    workers: 2,
    policy: 'round-robin',
    stallAfterMs,
  });
  const [{ pid = -1 } = {}] = primary.snapshot().workers;
  process.kill(pid, 'SIGSTOP');
  for (let i = 0; i < 2; i++) {
    const socket = net.connect(portOf(primary), '127.0.0.1').setEncoding('utf8');
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    assert.equal(text, 'from the child\nand later\n');
  }
  assert.equal(revokedAsStalled(primary, 0), 1);
  process.kill(pid, 'SIGCONT');
});

test('queueTimeoutMs: what no worker takes in time is closed, and counted', async (t) => {
  const primary = await startPrimary(t, { app: app('blocks.cjs'), workers: 1, queueTimeoutMs: 50 });
  const target = { port: portOf(primary), host: '127.0.0.1' };
  const block = ask({ ...target, path: '/block/1000' });
  await until(() => primary.snapshot().slots[0]?.requests === 1, 'it blocks');
  await assert.rejects(ask(target), { code: 'ECONNRESET' });
  assert.equal(primary.snapshot().dropped.queueTimeout, 1);
  assert.equal((await block).slot, 0);
  assert.equal((await ask(target)).slot, 0);
});
