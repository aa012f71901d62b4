import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { keep } from '@baton/core/worker';
import { movable, type MoveReason } from '#core/worker/movable.js';
import { tcpHandleClass, type ConnectionInternals } from '#core/worker/node-internals.js';
import type { PrimaryLink } from '#core/worker/primary-link.js';
import { countRequests } from '#core/worker/request-count.js';
import { ask, connectClients, listen } from './clients.js';

tcpHandleClass(); // as a worker does; it makes TCP sockets known
countRequests({ onRequest() {}, onResponses() {}, onGivenUp() {} } as unknown as PrimaryLink);

const why: MoveReason[] = ['drain', 'rebalance'];

/** Why the connection may move. */
function reasons(accepted: net.Socket, server: net.Server): MoveReason[] {
  return why.filter((reason) => movable(accepted as ConnectionInternals, new Map([[server, 7]]), reason));
}

async function serve(t: TestContext, onRequest: http.RequestListener): Promise<http.Server> {
  return listen(t, http.createServer(onRequest));
}

const challengesOfConnections: Record<string, (response: http.ServerResponse) => void> = {
  'by writeHead': (response) => response.writeHead(401, { 'WWW-Authenticate': 'NTLM' }),
  'by writeHead, in lower case': (response) => response.writeHead(401, { 'www-authenticate': 'negotiate' }),
  'by writeHead with an array': (response) =>
    response.writeHead(401, 'Who?', ['X-A', 'b', 'WWW-AUTHENTICATE', 'Negotiate']),
  'by writeHead with an array of arrays': (response) =>
    response.writeHead(401, [['WWW-Authenticate', 'Negotiate']] as unknown as http.OutgoingHttpHeader[]),
  'by setHeader': (response) => {
    response.statusCode = 401;
    response.setHeader('WWW-Authenticate', 'Negotiate');
  },
  'by setHeader with an array': (response) => {
    response.statusCode = 401;
    response.setHeader('WWW-Authenticate', ['Basic realm="a"', 'NTLM']);
  },
  'by setHeader and writeHead': (response) => {
    response.setHeader('X-A', 'b');
    response.writeHead(401, { 'WWW-Authenticate': 'NTLM' });
  },
  'by appendHeader': (response) => {
    response.statusCode = 401;
    response.appendHeader('WWW-Authenticate', 'Bearer').appendHeader('WWW-Authenticate', 'NTLM');
  },
  'among others': (response) =>
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="a, b", Negotiate, Bearer' }),
  'of a proxy': (response) => response.writeHead(407, { 'Proxy-Authenticate': 'NTLM' }),
};
for (const [name, challenge] of Object.entries(challengesOfConnections)) {
  test(`a connection that was challenged ${name} stays while its worker goes on`, async (t) => {
    const server = await serve(t, (_, response) => {
      challenge(response);
      response.end();
    });
    const [pair] = await connectClients(t, server, 1);
    assert.deepEqual(reasons(pair!.accepted, server), why);
    await ask(pair!);
    assert.deepEqual(reasons(pair!.accepted, server), ['drain']);
  });
}

const others: Record<string, (response: http.ServerResponse) => http.ServerResponse> = {
  'another scheme': (response) =>
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="NTLM", Digest realm=Negotiate' }),
  'a scheme of a like name': (response) => response.writeHead(401, { 'WWW-Authenticate': 'NTLMv9' }),
  'another header': (response) => response.writeHead(401, { 'X-WWW-Authenticate': 'NTLM' }),
  'no challenge': (response) => response.writeHead(401),
};
for (const [name, answer] of Object.entries(others)) {
  test(`a connection whose answer has ${name} moves`, async (t) => {
    const server = await serve(t, (_, response) => void answer(response).end());
    const [pair] = await connectClients(t, server, 1);
    await ask(pair!, 'Authorization: Basic TlRMTSBO\r\nX-Authorize-it: Negotiate\r\n');
    assert.deepEqual(reasons(pair!.accepted, server), why);
  });
}

for (const header of ['authorization: Negotiate YIIB', 'PROXY-AUTHORIZATION: ntlm TlRM']) {
  test(`a connection that its client has authenticated unasked, by ${header}, stays`, async (t) => {
    const server = await serve(t, (_, response) => response.end());
    const [pair] = await connectClients(t, server, 1);
    await ask(pair!, `${header}\r\n`);
    assert.deepEqual(reasons(pair!.accepted, server), ['drain']);
    await ask(pair!);
    assert.deepEqual(reasons(pair!.accepted, server), ['drain'], 'also after what else is asked on it');
  });
}

test('a connection stays in the middle of its handshake, even if its worker is to end', async (t) => {
  const answers: [number, string][] = [
    [401, 'NTLM'],
    [401, 'NTLM TlRMTVNTUAAC'],
    [200, 'X'],
    [401, 'Basic realm="a", Negotiate TlRM'],
    [401, 'Negotiate'],
  ];
  const expected = [['drain'], [], ['drain'], [], ['drain']];
  const server = await serve(t, (_, response) => {
    const [status, challenge] = answers.shift()!;
    response.writeHead(status, { 'WWW-Authenticate': challenge }).end();
  });
  const [pair] = await connectClients(t, server, 1);
  for (const reason of expected) {
    await ask(pair!, 'Authorization: NTLM TlRM\r\n');
    assert.deepEqual(reasons(pair!.accepted, server), reason);
  }
});

test('a handshake goes on after a body that comes later than the challenge', async (t) => {
  const server = await serve(t, (request, response) => {
    response.writeHead(401, { 'WWW-Authenticate': 'NTLM TlRMTVNTUAAC' }).end();
    request.resume();
  });
  const [pair] = await connectClients(t, server, 1);
  const requested = once(server, 'request') as Promise<[http.IncomingMessage]>;
  await ask(pair!, 'Content-Length: 4\r\n');
  const [request] = await requested;
  const ended = once(request, 'end');
  pair!.client.write('body');
  await ended;
  assert.deepEqual(reasons(pair!.accepted, server), []);
});

test('a connection that the app keeps stays while its worker goes on', async (t) => {
  const server = await serve(t, ({ socket }, response) => {
    keep(socket);
    response.end();
  });
  const [pair] = await connectClients(t, server, 1);
  await ask(pair!);
  assert.deepEqual(reasons(pair!.accepted, server), ['drain']);
});

test("where the app's own listener reads first, only an untouched connection moves, and only if its worker is to end", async (t) => {
  const server = await serve(t, (_, response) => response.end());
  const [readHttp] = server.listeners('connection');
  server.removeAllListeners('connection').on('connection', (socket: net.Socket) => {
    socket.once('data', (data) => {
      socket.pause();
      socket.unshift(data.subarray(1));
      readHttp!.call(server, socket);
      socket.resume();
    });
  });
  const [pair] = await connectClients(t, server, 1);
  assert.deepEqual(reasons(pair!.accepted, server), ['drain']);
  pair!.client.write('!');
  await ask(pair!);
  assert.deepEqual(reasons(pair!.accepted, server), []);

  const plain = await listen(t, net.createServer());
  const [untouched] = await connectClients(t, plain, 1);
  assert.deepEqual(reasons(untouched!.accepted, plain), ['drain']);
});

test("listeners beside Node's own, before and after it, are called again by the next worker", async (t) => {
  const server = await serve(t, (_, response) => response.end());
  server.prependListener('connection', () => {}).once('connection', () => {});
  const [pair] = await connectClients(t, server, 1);
  await ask(pair!);
  assert.deepEqual(reasons(pair!.accepted, server), why);
});

test('a connection that another server reads than has accepted it stays', async (t) => {
  const reads = await serve(t, (_, response) => response.end());
  const accepts = await listen(
    t,
    net.createServer((socket) => reads.emit('connection', socket)),
  );
  const [pair] = await connectClients(t, accepts, 1);
  await ask(pair!);
  for (const server of [reads, accepts]) assert.deepEqual(reasons(pair!.accepted, server), []);
});
