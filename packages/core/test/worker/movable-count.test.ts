import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { MovableCount } from '#core/worker/movable-count.js';
import { tcpHandleClass, watchDestroy } from '#core/worker/node-internals.js';
import type { PrimaryLink } from '#core/worker/primary-link.js';
import { ask, connectClients, listen } from './clients.js';

// As a worker does.
tcpHandleClass();
watchDestroy();

/** Begins to count the server's connections. */
function count(server: http.Server): { count: MovableCount; answer: Promise<number> } {
  let count!: MovableCount;
  const answer = new Promise<number>((resolve) => {
    const link = { servers: new Map([[server, 7]]), serversOf: () => [server], endOrder: resolve };
    count = new MovableCount(link as unknown as PrimaryLink, [7]);
  });
  count.begin();
  return { count, answer };
}

async function serve(test: TestContext): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    if (request.headers['x-stream']) response.write('one of many');
    else if (!request.headers['x-slow']) response.end('answer');
  });
  return listen(test, server);
}

test('connections that stay and could move are counted, busy ones and such as have said nothing among them', async (t) => {
  const server = await serve(t);
  for (const pair of await connectClients(t, server, 3)) await ask(pair);
  const [slow, stream] = await connectClients(t, server, 4); // two say nothing
  slow!.client.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: yes\r\n\r\n');
  await ask(stream!, 'X-Stream: yes\r\n'); // that may last for long
  const counted = count(server);
  assert.equal(await counted.answer, 6);
});

test('connections that come and go are not counted, and nobody else is harmed', async (t) => {
  const server = await serve(t);
  const stay = await connectClients(t, server, 2);
  const leave = await connectClients(t, server, 5);
  for (const pair of [...stay, ...leave]) await ask(pair);
  const counted = count(server);
  for (const { client } of leave) client.destroy();
  await connectClients(t, server, 4); // so much has come
  assert.equal(await counted.answer, 2);
  for (const pair of stay) assert.match(await ask(pair), /answer$/);
});

test('a count that has to end says at once what it has found, and nothing more', async (t) => {
  const server = await serve(t);
  await connectClients(t, server, 2);
  const counted = count(server);
  counted.count.end();
  assert.equal(await counted.answer, 2);
  counted.count.end();
});

// V8 would throw away what it has learned of sockets, and all of Node would be slower from then on.
test('to count changes nothing of what all sockets share', async (t) => {
  const server = await serve(t);
  await connectClients(t, server, 1);
  const before = Object.getOwnPropertyDescriptors(net.Socket.prototype);
  const during: (typeof before)[] = [];
  const { prototype } = http.Server;
  const closeAll: (this: http.Server) => void = Reflect.get(prototype, 'closeAllConnections');
  prototype.closeAllConnections = function () {
    during.push(Object.getOwnPropertyDescriptors(net.Socket.prototype));
    closeAll.call(this);
  };
  t.after(() => (prototype.closeAllConnections = closeAll));
  const counted = count(server);
  counted.count.end();
  assert.equal(await counted.answer, 1);
  assert.deepEqual(during, [before]);
});
