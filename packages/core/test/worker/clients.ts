import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** Has a server listen until the test ends. */
export async function listen<Server extends net.Server>(test: TestContext, server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => void server.close());
  return server;
}

/** Whoever is connected to the server, in order of their coming; the test's end closes these. */
export async function connectClients(
  test: TestContext,
  server: net.Server,
  count: number,
): Promise<{ client: net.Socket; accepted: net.Socket }[]> {
  const { port } = server.address() as AddressInfo;
  const pairs: { client: net.Socket; accepted: net.Socket }[] = [];
  for (let i = 0; i < count; i++) {
    const connection = once(server, 'connection') as Promise<[net.Socket]>;
    const client = net.connect(port, '127.0.0.1');
    client.on('error', () => {});
    test.after(() => client.destroy());
    await once(client, 'connect');
    const [accepted] = await connection;
    pairs.push({ client, accepted });
  }
  return pairs;
}

/** Sends a request without a body. Resolves with its answer's head, which comes in one piece, when the server has done with it. */
export async function ask(
  { client, accepted }: { client: net.Socket; accepted: net.Socket },
  headers = '',
): Promise<string> {
  client.write(`GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
  const [answer] = (await once(client, 'data')) as [Buffer];
  assert.ok(!accepted.destroyed);
  return answer.toString('latin1');
}
