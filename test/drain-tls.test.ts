// Connections with a state in their worker: HTTPS and HTTP/2 end there, each in its own way.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import type net from 'node:net';
import tls from 'node:tls';
import { test, type TestContext } from 'node:test';
import type { Handoff, Primary } from '@baton/core';
import {
  connect,
  connected,
  connectOne,
  cutOff,
  givenBack,
  handoffs,
  pidOf,
  startDrainable,
  underWay,
} from './draining.js';
import { isAlive, portOf, until } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import type { RawClient } from './raw-client.js';

const host = '127.0.0.1';

/** Resolves when the old worker drains. */
async function drains(primary: Primary): Promise<void> {
  const isDraining = (): boolean => primary.snapshot().workers.some(({ state }) => state === 'draining');
  await until(isDraining, 'the old worker drains');
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: no request of HTTPS clients that keep their connection fails`, async (t) => {
    const primary = await startDrainable(t, 'https-drains.cjs', {
      handoff,
      workers: 2,
      drainTimeoutMs: 20_000,
    });
    const options = { port: portOf(primary), host, rejectUnauthorized: false };
    const seen = await keepAskingWhile(
      options,
      32,
      async () => {
        for (let i = 0; i < 2; i++) await primary.reload();
      },
      https,
    );
    t.diagnostic(JSON.stringify({ ...seen, pids: seen.pids.size }));
    assert.deepEqual(seen.failed, {});
    assert.ok(seen.reconnected >= 32 && seen.pids.size === 6);
    assert.deepEqual([givenBack(primary), cutOff(primary)], [0, 0]);
  });

  test(`handoff of ${handoff}: the next response over HTTPS says that the connection ends`, async (t) => {
    const primary = await startDrainable(t, 'https-drains.cjs', { handoff, drainTimeoutMs: 1_000 });
    const before = pidOf(primary);
    const [busy, later, idle] = await connect(primary, 3, { useTls: true });
    for (const client of [busy!, later!, idle!]) assert.equal((await client.ask()).pid, before);
    busy!.send('GET /when-draining HTTP/1.1\r\nHost: a\r\n\r\n');
    const done = primary.reload();
    const { headers, body } = await busy!.response();
    assert.equal((JSON.parse(body.toString()) as { pid: number }).pid, before);
    assert.equal(headers.get('connection'), 'close');
    assert.equal(await busy!.ended(), 'end');
    later!.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal((await later!.response()).headers.get('connection'), 'close');
    assert.equal(await later!.ended(), 'end');
    await done;
    assert.ok(!isAlive(before));
    assert.notEqual(await idle!.ended(), undefined);
    await until(() => cutOff(primary) === 1, 'the idle one is counted');
  });

  test(`handoff of ${handoff}: of pipelined requests over HTTPS all are answered, and only the last response says the end`, async (t) => {
    const primary = await startDrainable(t, 'https-drains.cjs', { handoff, drainTimeoutMs: 20_000 });
    const before = pidOf(primary);
    const [early, late] = await connect(primary, 2, { useTls: true });
    const ask = (...paths: string[]): string =>
      paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
    const paths = ['/when-draining', '/when-draining?2', '/when-draining?3'];
    early!.send(ask(...paths));
    late!.send(ask(paths[0]!));
    await underWay(primary, 4);
    const done = primary.reload();
    await drains(primary);
    late!.send(ask(...paths.slice(1)));
    for (const client of [early!, late!]) {
      const said: (string | undefined)[] = [];
      for (const path of paths) {
        const { headers, body } = await client.response();
        assert.deepEqual(JSON.parse(body.toString()), { slot: 0, pid: before, path });
        said.push(headers.get('connection'));
      }
      assert.deepEqual(said, ['keep-alive', 'keep-alive', 'close']);
      assert.equal(await client.ended(), 'end');
    }
    await done;
    assert.equal(cutOff(primary), 0);
  });

  test(`handoff of ${handoff}: what comes behind the response that says the end is not for the app`, async (t) => {
    const primary = await startDrainable(t, 'https-drains.cjs', { handoff });
    const client = await connectOne(primary, { useTls: true });
    client.send('GET /in-parts HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 1);
    const reloaded = primary.reload();
    await once(client.socket, 'data');
    client.send(`POST /late HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`);
    const { headers, body } = await client.response();
    assert.equal(headers.get('connection'), 'close');
    assert.equal(body.toString(), '["/in-parts"]');
    assert.equal(await client.ended(), 'end');
    await reloaded;
  });

  test(`handoff of ${handoff}: a connection over HTTPS ends although the app says that it goes on`, async (t) => {
    const primary = await startDrainable(t, 'https-drains.cjs', { handoff, drainTimeoutMs: 20_000 });
    const [busy, later] = await connect(primary, 2, { useTls: true });
    later!.send('GET /keep-alive/head HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal((await later!.response()).headers.get('connection'), 'Keep-Alive');
    busy!.send('GET /keep-alive/header HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 1);
    const done = primary.reload();
    await drains(primary);
    later!.send('GET /keep-alive/head HTTP/1.1\r\nHost: a\r\n\r\n');
    for (const client of [busy!, later!]) {
      const { status, headers } = await client.response();
      assert.deepEqual(
        [status, headers.get('connection'), headers.get('keep-alive')],
        [200, 'close', undefined],
      );
      assert.equal(await client.ended(), 'end');
    }
    await done;
    assert.equal(cutOff(primary), 0);
  });

  for (const [name, listener] of [
    ['h2c', 0],
    ['TLS', 1],
  ] as const) {
    const scheme = name === 'h2c' ? 'http' : 'https';

    test(`handoff of ${handoff}: HTTP/2 over ${name}: streams are finished, and new sessions go to the new worker`, async (t) => {
      const primary = await startHttp2(t, handoff);
      const before = pidOf(primary);
      const connectSession = (): http2.ClientHttp2Session => openSession(t, primary, scheme, listener);
      const [busy, idle] = [connectSession(), connectSession()];
      assert.equal((await askOn(idle)).pid, before);
      const wentAway = [busy, idle].map((session) => once(session, 'goaway'));
      const closed = [busy, idle].map((session) => once(session, 'close'));
      const answers = Promise.all([askOn(busy, '/when-draining'), askOn(busy, '/when-draining')]);
      await askOn(busy);
      const done = primary.reload();
      await Promise.all(wentAway);
      const next = connectSession();
      assert.notEqual((await askOn(next)).pid, before);
      assert.ok(isAlive(before));
      for (const { pid } of await answers) assert.equal(pid, before);
      await done;
      await Promise.all(closed);
      assert.deepEqual([givenBack(primary), cutOff(primary)], [0, 0]);
    });
  }

  test(`handoff of ${handoff}: a session that begins while the worker drains ends after its streams`, async (t) => {
    const primary = await startHttp2(t, handoff);
    const before = pidOf(primary);
    const client = await connectOne(primary, { listener: 1 });
    const busy = await connectOne(primary, { listener: 1, useTls: true });
    busy.send('GET /when-draining HTTP/1.1\r\nHost: a\r\n\r\n');
    await connected(primary, 2);
    const done = primary.reload();
    await drains(primary);
    const session = http2.connect('https://localhost', {
      createConnection: () => upgradeToTls(client.socket),
    });
    t.after(() => session.destroy());
    const wentAway = once(session, 'goaway');
    assert.equal((await askOn(session)).pid, before);
    await wentAway;
    assert.equal((await busy.answer()).pid, before);
    await done;
    assert.equal(cutOff(primary), 0);
  });

  test(`handoff of ${handoff}: an h2c connection without a byte is not given to another worker in the middle of its session`, async (t) => {
    const primary = await startHttp2(t, handoff);
    const client = await connectOne(primary);
    assert.equal((await readFrame(client)).type, frames.settings);
    await primary.reload();
    assert.equal((await readFrame(client)).type, frames.goaway);
    assert.equal(await client.ended(), 'end');
    assert.deepEqual([givenBack(primary), cutOff(primary)], [0, 0]);
  });
}

/** A primary whose listeners are h2c, then TLS. */
async function startHttp2(test: TestContext, handoff: Handoff): Promise<Primary> {
  const primary = await startDrainable(test, 'http2-drains.cjs', { handoff, drainTimeoutMs: 20_000 });
  await until(() => primary.addresses.length === 2, 'both servers listen');
  return primary;
}

/** RFC 9113, section 6. */
const frames = { settings: 4, goaway: 7 };

async function readFrame(client: RawClient): Promise<{ type: number | undefined }> {
  const head = await client.read(9);
  await client.read(head.readUIntBE(0, 3));
  return { type: head[3] };
}

function openSession(
  test: TestContext,
  primary: Primary,
  scheme: string,
  listener: number,
): http2.ClientHttp2Session {
  const session = http2.connect(`${scheme}://${host}:${primary.addresses[listener]?.port}`, {
    rejectUnauthorized: false,
  });
  test.after(() => session.destroy());
  return session;
}

function upgradeToTls(socket: net.Socket): tls.TLSSocket {
  return tls.connect({ socket, ALPNProtocols: ['h2'], rejectUnauthorized: false });
}

async function askOn(session: http2.ClientHttp2Session, path = '/'): Promise<{ pid: number }> {
  const stream = session.request({ ':path': path });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  return JSON.parse(text) as { pid: number };
}
