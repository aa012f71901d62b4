import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { IdleConnections } from '#core/worker/idle-connections.js';
import { giveBack } from '#core/worker/movable.js';
import { tcpHandleClass, watchDestroy, watchUnref } from '#core/worker/node-internals.js';
import { ask, connectClients, listen } from './clients.js';

// As a worker does.
tcpHandleClass();
watchDestroy();
watchUnref();

test('so many idle connections are taken, and the others are served on', async (t) => {
  let finish!: () => void;
  const server = await listen(
    t,
    http.createServer((request, response) => {
      if (request.headers['x-slow'] === undefined) response.end('answer');
      else finish = () => response.end('slow answer');
    }),
  );
  const used = await connectClients(t, server, 12);
  for (const pair of used) await ask(pair);
  const untouched = await connectClients(t, server, 6);
  const [busy] = await connectClients(t, server, 1);
  const answer = ask(busy!, 'X-Slow: yes\r\n');
  await once(server, 'request');

  const given: boolean[] = []; // whether a request was answered on it
  let hasRoom = true;
  const link = {
    servers: new Map([[server, 7]]),
    giveBack: (listener: number, _: unknown, hasAnswered: boolean) => {
      assert.equal(listener, 7);
      if (hasRoom) given.push(hasAnswered);
      return hasRoom;
    },
  };
  const idle = new IdleConnections([server], (socket) => giveBack(link, socket, 'rebalance'));
  const openOf = (pairs: typeof used): typeof used => pairs.filter(({ accepted }) => !accepted.destroyed);
  const open = (): typeof used => openOf([...used, ...untouched]);

  assert.equal(idle.takeWaiting(0), 0);
  assert.equal(open().length, 18);
  assert.equal(idle.takeWaiting(5), 5);
  assert.equal(open().length, 13);
  for (const pair of openOf(used)) assert.match(await ask(pair), /answer$/);
  hasRoom = false;
  assert.equal(idle.takeWaiting(5), 0, 'what the primary has no room for stays');
  assert.equal(open().length, 13);
  hasRoom = true;
  assert.equal(idle.takeWaiting(9), 7);
  assert.equal(idle.takeUntouched(idle.untouched(), 2), 2);
  assert.equal(open().length, 4);
  assert.equal(given.filter((hasAnswered) => hasAnswered).length, 12 - openOf(used).length);
  assert.equal(given.filter((hasAnswered) => !hasAnswered).length, 6 - openOf(untouched).length);
  for (const pair of open()) assert.match(await ask(pair), /answer$/);
  idle.takeAll();
  assert.equal(open().length, 0);
  assert.equal(given.length, 18, 'none more than once, and not the one with a request');
  finish();
  assert.match(await answer, /slow answer$/);
  assert.ok(server.listening);
  const [next] = await connectClients(t, server, 1);
  assert.match(await ask(next!), /answer$/);
});

test('all are closed, also those that the app has unref()ed, or has another server read', async (t) => {
  const reader = http.createServer((_, response) => response.end('answer'));
  const server = await listen(
    t,
    net.createServer((socket) => reader.emit('connection', socket)),
  );
  const other = await listen(t, net.createServer());
  const pairs = await connectClients(t, server, 4);
  const [unrelated] = await connectClients(t, other, 1);
  unrelated!.accepted.unref();
  for (const pair of pairs.slice(0, 2)) await ask(pair);
  for (const { accepted } of pairs.slice(1, 3)) accepted.unref();
  pairs[1]!.accepted.ref();
  const idle = new IdleConnections([server], () => true);
  idle.closeAll();
  assert.ok(pairs.every(({ accepted }) => accepted.destroyed));
  assert.ok(!unrelated!.accepted.destroyed);
});

test('untouched connections that the app has unref()ed are found once', async (t) => {
  const server = await listen(t, http.createServer());
  const pairs = await connectClients(t, server, 3);
  for (const { accepted } of pairs) accepted.unref();
  pairs[0]!.accepted.ref();
  const idle = new IdleConnections([server], () => true);
  assert.equal(idle.untouched().length, 3);
  const closed = once(pairs[1]!.accepted, 'close');
  pairs[1]!.accepted.destroy();
  await closed;
  assert.equal(idle.untouched().length, 2);
});
