import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { LimitedServer, mostConnections, type LimitedServerOptions } from '#core/http/limited-server.js';
import { Deferred } from '#core/primary/deferred.js';

const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

/** Answers with the path; `/slow` when `go` is settled. */
class Echo {
  readonly go = new Deferred();
  asked = 0;
  readonly server: LimitedServer;

  constructor(options: Partial<LimitedServerOptions> = {}) {
    this.server = new LimitedServer({ answer: (...exchange) => this.#answer(...exchange), ...options });
  }

  async #answer({ url }: IncomingMessage, response: ServerResponse): Promise<void> {
    this.asked += 1;
    if (url === '/slow') await this.go.promise;
    response.end(url);
  }
}

/** A server, and what connects to it and has what it was sent as text. */
async function start(
  test: TestContext,
  options: Partial<LimitedServerOptions> = {},
): Promise<{ echo: Echo; connect: (text?: string) => Promise<Client> }> {
  const echo = new Echo(options);
  await echo.server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = echo.server.http.address() as AddressInfo;
  const clients: Client[] = [];
  test.after(() => {
    for (const { socket } of clients) socket.destroy();
    echo.server.http.close();
    echo.server.http.closeAllConnections();
  });
  return {
    echo,
    connect: async (text = '') => {
      const client = new Client(net.connect({ port, host: '127.0.0.1' }));
      clients.push(client);
      await once(client.socket, 'connect');
      if (text !== '') client.socket.write(text);
      return client;
    },
  };
}

class Client {
  received = '';
  readonly socket: net.Socket;
  readonly closed: Promise<unknown>;

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => (this.received += text));
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.on('close', resolve));
  }

  async answer(): Promise<string> {
    while (!this.received.includes('\r\n\r\n')) await once(this.socket, 'data');
    return this.received;
  }
}

test('where there is no room, the connection that has waited longest for its client makes room', async (t) => {
  const { connect } = await start(t);
  const oldest = await connect(request);
  await oldest.answer();
  const slowHead = await connect('GET / HTTP/1.1\r\nHost:');
  const silent: Client[] = [];
  while (silent.length < mostConnections - 2) silent.push(await connect());
  // It waits for its client since now.
  oldest.received = '';
  oldest.socket.write(request);
  await oldest.answer();
  assert.match(await (await connect(request)).answer(), /^HTTP\/1\.1 200 /);
  await slowHead.closed;
  assert.match(await (await connect(request)).answer(), /^HTTP\/1\.1 200 /);
  await silent[0]?.closed;
  assert.equal(oldest.socket.readyState, 'open');
  assert.equal(silent[1]?.socket.readyState, 'open');
});

test('what is being answered makes no room', async (t) => {
  const { echo, connect } = await start(t);
  const asking = request.replace('/', '/slow');
  const slow: Client[] = [];
  while (slow.length < mostConnections) slow.push(await connect(asking));
  while (echo.asked < mostConnections) await new Promise((resolve) => setImmediate(resolve));
  const one = await connect(request);
  await one.closed;
  assert.equal(one.received, '');
  echo.go.resolve();
  for (const client of slow) assert.match(await client.answer(), /\/slow$/);
  assert.match(await (await connect(request)).answer(), /^HTTP\/1\.1 200 /);
});

test('a body that does not come makes room', async (t) => {
  const { echo, connect } = await start(t);
  const posting = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n';
  const first = await connect(posting);
  while (echo.asked < 1) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 1; i < mostConnections; i++) await connect();
  assert.match(await (await connect(request)).answer(), /^HTTP\/1\.1 200 /);
  await first.closed;
});

test('of what a client sends before it is answered, the first is answered, and the connection closed', async (t) => {
  const { echo, connect } = await start(t);
  const client = await connect(request.replace('/', '/slow') + request + request);
  while (echo.asked < 1) await new Promise((resolve) => setImmediate(resolve));
  client.socket.write(request);
  echo.go.resolve();
  await client.closed;
  assert.match(client.received, /^HTTP\/1\.1 200 OK\r\nConnection: close\r\n[^]*\r\n\r\n\/slow$/);
  assert.equal(echo.asked, 1);
});

test('a connection that asks one after the other stays', async (t) => {
  const { echo, connect } = await start(t);
  const client = await connect();
  for (let i = 1; i <= 50; i++) {
    client.received = '';
    client.socket.write(request);
    assert.match(await client.answer(), /^HTTP\/1\.1 200 /);
    assert.equal(echo.asked, i);
  }
});

test('floods of requests on many connections are closed, not kept', async (t) => {
  const { echo, connect } = await start(t);
  const flood = request.replace('/', '/slow').repeat(10_000);
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(flood)));
  // One connection may have as many of them as fit into what is read at a time; all together not much more.
  const isClosed = clients.map(() => false);
  clients.forEach((client, at) => void client.closed.then(() => (isClosed[at] = true)));
  while (isClosed.filter(Boolean).length < clients.length - 1)
    await Promise.race(clients.filter((_, at) => !isClosed[at]).map((client) => client.closed));
  assert.ok(echo.asked <= clients.length);
  echo.go.resolve();
  await Promise.all(clients.map((client) => client.closed));
  assert.match(await (await connect(request)).answer(), /^HTTP\/1\.1 200 /);
});

for (const [who, text] of [
  ['says nothing', ''],
  ['sends half a head', 'GET / HTTP/1.1\r\nHost:'],
  ['asks for nothing more', request],
] as const)
  test(`a client that ${who} is sent away`, async (t) => {
    const { connect } = await start(t, { clientTimeoutMs: 100 });
    await (
      await connect(text)
    ).closed;
  });

test("a connection that is not accepted takes nobody's place", async (t) => {
  let isWelcome = true;
  const { connect } = await start(t, { accepts: () => isWelcome });
  const first = await connect(request);
  await first.answer();
  isWelcome = false;
  for (let i = 0; i <= mostConnections; i++) await (await connect(request)).closed;
  assert.equal(first.socket.readyState, 'open');
});
