// The page on reverse proxies: with the files that it shows, what it says of reloads, crashes and addresses is so.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { ask, askMany, httpRequest, withClients } from '../client.js';
import { fileOf } from '../docs/page.js';
import { app, portOf, root, startPrimary, temporaryDirectory, until } from '../harness.js';
import { KeepAliveClient, nothingSeen } from '../keep-alive.js';
import { page, proxies, startProxy, without, type Proxy, type ProxyName } from './proxy.js';

const host = '127.0.0.1';
const clients = 16;

/** An app of the page. */
function pageApp(t: TestContext, file: string): string {
  const directory = temporaryDirectory(t);
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(directory, file), fileOf(page, file));
  symlinkSync(path.join(root, 'test/node_modules'), path.join(directory, 'node_modules'));
  return path.join(directory, file);
}

type Options = Partial<PrimaryOptions> & { app: string };

async function startApp(t: TestContext, options: Options): Promise<Primary> {
  const env = { ...process.env, PORT: '0' };
  return startPrimary(t, { workers: 2, probationMs: 50, metrics: { port: 0 }, env, ...options });
}

async function startBoth(
  t: TestContext,
  name: ProxyName,
  options: Options,
  change?: (text: string) => string,
): Promise<{ primary: Primary; proxy: Proxy }> {
  const primary = await startApp(t, options);
  const places = { app: `${host}:${portOf(primary)}`, adminPort: adminPortOf(primary) };
  return { primary, proxy: await startProxy(t, name, places, change) };
}

const same = (text: string): string => text;
const adminPortOf = (primary: Primary): number => Number(new URL(primary.metricsUrl!).port);
const accepted = (primary: Primary): number => primary.snapshot().listeners[0]?.accepted ?? 0;
const pidsOf = (primary: Primary): number[] => primary.snapshot().workers.map(({ pid }) => pid!);

for (const name of Object.keys(proxies) as ProxyName[]) {
  const options = { skip: without(name) };

  test(`${name}: no request fails at a reload, and its connections stay open`, options, async (t) => {
    const { primary, proxy } = await startBoth(t, name, { app: pageApp(t, 'server.js') });
    const seen = nothingSeen();
    const client = async (isDone: () => boolean): Promise<void> => {
      const one = new KeepAliveClient({ port: proxy.port, host }, seen);
      while (!isDone()) await one.ask();
      one.close();
    };
    const allHaveAnswered = (): Promise<void> =>
      until(() => pidsOf(primary).every((pid) => seen.pids.has(pid)), 'all workers have answered');
    await withClients(clients, client, async () => {
      for (let reload = 0; reload < 2; reload++) {
        await allHaveAnswered();
        await primary.reload();
      }
      await allHaveAnswered();
    });
    t.diagnostic(JSON.stringify({ ...seen, pids: seen.pids.size, accepted: accepted(primary) }));
    assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
    assert.equal(seen.pids.size, 2 * 3);
    // Each reload would end all of them. Caddy opens some ahead of need.
    assert.ok(accepted(primary) < 2 * clients, `${accepted(primary)} connections for ${clients} clients`);
  });

  for (const [what, method, then] of [
    ['a GET', 'GET', 'another worker answers it'],
    ['a POST', 'POST', 'the client gets 502'],
    ['a POST that may be sent twice', 'POST', 'another worker answers it'],
  ] as const) {
    const change = what.endsWith('twice') ? proxies[name].sendAgain : same;
    if (change === undefined) continue;
    test(`${name}: a worker is killed that executes ${what}: ${then}`, options, async (t) => {
      const held = path.join(temporaryDirectory(t), 'held');
      const env = { ...process.env, HELD: held };
      const { proxy } = await startBoth(t, name, { app: app('holds-first.cjs'), env }, change);
      // From here on the proxy keeps a connection.
      await ask({ port: proxy.port, host });
      const seen = nothingSeen();
      const client = new KeepAliveClient({ port: proxy.port, host }, seen);
      const answered = client.ask('/held', method === 'POST' ? writeOne : undefined);
      const holder = (): number => (existsSync(held) ? Number(readFileSync(held, 'utf8')) : 0);
      await until(() => holder() !== 0, 'it is held');
      process.kill(holder(), 'SIGKILL');
      await answered;
      client.close();
      assert.deepEqual(seen.failed, then === 'the client gets 502' ? { 502: 1 } : {});
      assert.ok(!seen.pids.has(holder()));
    });
  }

  test(`${name}: an app that listens on a path`, options, async (t) => {
    const socketPath = path.join(temporaryDirectory(t), 'app.sock');
    const env = { ...process.env, SOCKET_PATH: socketPath };
    const primary = await startApp(t, { app: app('http-unix.cjs'), env, policy: 'sticky' });
    const { unix } = proxies[name];
    const proxy = await startProxy(t, name, { app: unix(socketPath), adminPort: adminPortOf(primary) });
    // There is no address by which a client could have a worker of its own.
    await until(
      async () => (await askMany(20, 4, () => ask({ port: proxy.port, host }))).size === 2,
      'both workers answer',
    );
  });

  test(`${name}: with --policy sticky, one worker gets all that it sends`, options, async (t) => {
    const { proxy } = await startBoth(t, name, { app: app('http.cjs'), policy: 'sticky' });
    assert.equal((await askMany(40, 8, () => ask({ port: proxy.port, host }))).size, 1);
  });

  const { idle } = proxies[name];
  if (idle === undefined) continue;
  test(`${name}: its idle connections end before Node would end them`, options, () => {
    const [, seconds = ''] = idle.exec(fileOf(page, proxies[name].file)) ?? [];
    assert.ok(Number(seconds) > 0);
    assert.ok(Number(seconds) * 1_000 < keepAliveTimeoutMs(), `${seconds} s`);
  });
}

function keepAliveTimeoutMs(): number {
  const [, digits = ''] = /keepAliveTimeout = ([\d_]+);/.exec(fileOf(page, 'server.js')) ?? [];
  return Number(digits.replaceAll('_', ''));
}

test(
  'haproxy: its idle connections end before Node would end them',
  { skip: without('haproxy') },
  async (t) => {
    // The default that the page tells, and all times as much shorter.
    const [, seconds = ''] =
      /`pool-purge-delay` is (\d+) s by default/.exec(readFileSync(path.join(root, page), 'utf8')) ?? [];
    const delayMs = 200;
    const limitMs = (keepAliveTimeoutMs() * delayMs) / (Number(seconds) * 1_000);
    const change = (text: string): string =>
      text.replace('inter 2s', `inter 2s pool-purge-delay ${delayMs}ms`);
    const count = 250;
    const held: ServerResponse[] = [];
    const idleMs: number[] = [];
    let answered = 0;
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      if (request.url === '/readyz') {
        response.end();
        return;
      }
      request.socket.once('close', () => idleMs.push(performance.now() - answered));
      if (held.push(response) < count) return;
      answered = performance.now();
      for (const one of held) one.end();
    });
    await once(server.listen(0, host), 'listening');
    t.after(() => server.close());
    const { port } = server.address() as net.AddressInfo;
    const proxy = await startProxy(t, 'haproxy', { app: `${host}:${port}`, adminPort: port }, change);
    const answers = Array.from({ length: count }, () => httpRequest(`http://${host}:${proxy.port}/`));
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
    await until(() => idleMs.length === count, 'all are closed', 2 * limitMs);
    const longest = Math.max(...idleMs);
    t.diagnostic(`the longest: ${Math.round(longest)} ms of ${limitMs} ms`);
    assert.ok(longest > 2 * delayMs, 'several delays');
    assert.ok(longest < limitMs);
  },
);

async function writeOne(request: NodeJS.WritableStream): Promise<void> {
  request.write('a');
}

for (const [minReady, status] of [
  [2, 'L7OK 200'],
  [3, 'L7STS 503'],
] as const)
  test(`haproxy asks for /readyz, and hears ${status}`, { skip: without('haproxy') }, async (t) => {
    const { proxy } = await startBoth(t, 'haproxy', { app: app('http.cjs'), minReady });
    await until(async () => {
      const { header, server } = await haproxyStatistics(proxy);
      const of = (name: string): string | undefined => server[header.indexOf(name)];
      return `${of('check_status')} ${of('check_code')}` === status;
    }, 'its check is over');
  });

/** Of its server `app`, as its control socket tells them. */
async function haproxyStatistics({ directory }: Proxy): Promise<{ header: string[]; server: string[] }> {
  const socket = net.connect(path.join(directory, 'stats.sock')).setEncoding('utf8');
  socket.write('show stat\n');
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  await once(socket, 'close');
  const rows = text.split('\n').map((line) => line.replace(/^# /, '').split(','));
  const server = rows.find(([proxy, name]) => proxy === 'app' && name === 'app') ?? [];
  return { header: rows[0] ?? [], server };
}

test('caddy asks for /readyz, and sends nothing where it fails', { skip: without('caddy') }, async (t) => {
  const { proxy } = await startBoth(t, 'caddy', { app: app('http.cjs'), minReady: 3 });
  await until(
    async () => (await httpRequest(`http://${host}:${proxy.port}/`)).status === 503,
    'it takes the app for down',
  );
});

for (const name of Object.keys(proxies) as ProxyName[])
  for (const framework of ['express', 'fastify'])
    test(`${name}: ${framework} sees the client's address`, { skip: without(name) }, async (t) => {
      const { proxy } = await startBoth(t, name, { app: pageApp(t, `${framework}.js`) });
      const clientOf = async (headers = {}): Promise<string> =>
        (await httpRequest(`http://${host}:${proxy.port}/`, 'GET', headers)).text;
      assert.equal(await clientOf(), host);
      // What stands left of what the proxy has added, any client may have written.
      assert.equal(await clientOf({ 'X-Forwarded-For': '203.0.113.7, 198.51.100.9' }), addressSeen[name]);
    });

/** Clients here come from loopback, as the proxy does: nginx and HAProxy append their address, which is trusted in its turn. */
const addressSeen = { nginx: '198.51.100.9', haproxy: '198.51.100.9', caddy: host };

test('haproxy: the PROXY protocol reaches the app as it came', { skip: without('haproxy') }, async (t) => {
  const change = (text: string): string => text.replace('check port', 'send-proxy check port');
  const { proxy } = await startBoth(t, 'haproxy', { app: app('proxy-protocol.cjs') }, change);
  const answer: unknown = await ask({ port: proxy.port, host });
  assert.equal((answer as { client: string }).client, host);
});
