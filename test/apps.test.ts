// Unmodified apps of every kind, under load: all requests are answered, and by more than one worker.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { ask, askHttp2, askMany, type Answer } from './client.js';
import { app, portOf, startPrimary, temporaryDirectory, until } from './harness.js';

const workers = 3;
/** So many connections that each worker gets one even where the kernel chooses by chance: 3 × (2/3)^60 is some 10^-10. */
const enoughForAll = 60;
const tlsEnv = { ...process.env, TLS_KEY: app('tls/key.pem'), TLS_CERT: app('tls/cert.pem') };

type Start = (t: TestContext, name: string, options?: Partial<PrimaryOptions>) => Promise<Primary>;

for (const handoff of ['connections', 'listeners'] as const) {
  void describe(`handoff of ${handoff}`, () => {
    testApps(
      (t, name, options) => startPrimary(t, { app: app(name), workers, handoff, ...options }),
      handoff === 'connections',
    );
  });
}

/** A worker is ready with its first server; where an app has more, the others follow. */
async function listenersAre(primary: Primary, count: number): Promise<void> {
  await until(() => primary.addresses.length === count, `${count} listeners`);
}

async function assertShared(one: () => Promise<Answer>, count = 90): Promise<void> {
  await until(async () => (await askMany(2 * workers, workers, one)).size === workers, 'all workers serve');
  const bySlot = await askMany(count, 8, one);
  const total = [...bySlot.values()].reduce((sum, answers) => sum + answers, 0);
  assert.equal(total, count);
  assert.equal(bySlot.size, workers, `answered by slots ${[...bySlot.keys()].join(', ')}`);
}

/** `isEven`: connections of a path are shared out among workers, and not to the one that comes first. */
function testApps(start: Start, isEven: boolean): void {
  for (const name of ['http.cjs', 'esm.mjs', 'express.mjs', 'koa.mjs', 'http-any.cjs']) {
    test(`${name} is answered by all workers`, async (t) => {
      const primary = await start(t, name);
      const port = portOf(primary);
      await assertShared(() => ask({ port, host: '127.0.0.1' }));
    });
  }

  test('node:https is answered by all workers, and a session of one resumes on another', async (t) => {
    const primary = await start(t, 'https.cjs', { env: tlsEnv });
    const port = portOf(primary);
    await assertShared(() => ask({ port, host: '127.0.0.1', tls: true }));
    const { Agent, request } = await import('node:https');
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
    const slots = new Set<number>();
    let resumed = 0;
    for (let i = 0; i < enoughForAll; i++) {
      const answer = await new Promise<Answer & { resumed: boolean }>((resolve, reject) => {
        request(
          { port, host: '127.0.0.1', agent, rejectUnauthorized: false, maxVersion: 'TLSv1.2' },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('end', () => resolve(JSON.parse(text) as Answer & { resumed: boolean }));
          },
        )
          .on('error', reject)
          .end();
      });
      slots.add(answer.slot);
      resumed += answer.resumed ? 1 : 0;
    }
    assert.equal(slots.size, workers);
    assert.equal(resumed, enoughForAll - 1, 'all but the first connection resume the session');
  });

  test('http2, with TLS and without, is answered by all workers', async (t) => {
    const primary = await start(t, 'http2.cjs', { env: tlsEnv });
    await listenersAre(primary, 2);
    const [secure, plain] = primary.addresses;
    await assertShared(() => askHttp2(`https://127.0.0.1:${secure!.port}`), 60);
    await assertShared(() => askHttp2(`http://127.0.0.1:${plain!.port}`), 60);
  });

  test('Fastify on localhost is answered on both families', async (t) => {
    const primary = await start(t, 'fastify.mjs', { require: [app('localhost-both.cjs')] });
    await listenersAre(primary, 2);
    const families = new Map(primary.addresses.map(({ family, port }) => [family, port]));
    assert.equal(families.get('IPv4'), families.get('IPv6'));
    for (const [family, port] of families) {
      await assertShared(() => ask({ port, host: family === 'IPv6' ? '::1' : '127.0.0.1' }));
    }
    assert.equal(families.size, 2);
  });

  test('a Unix path is answered by all workers, has the permissions asked for, and is gone afterwards', async (t) => {
    const socketPath = path.join(temporaryDirectory(t), 'app.sock');
    const primary = await start(t, 'http-unix.cjs', { env: { ...process.env, SOCKET_PATH: socketPath } });
    assert.equal(statSync(socketPath).mode & 0o666, 0o666);
    if (isEven) await assertShared(() => ask({ socketPath }));
    else await askMany(90, 8, () => ask({ socketPath }));
    await primary.stop();
    assert.throws(() => statSync(socketPath), { code: 'ENOENT' });
  });

  test('a Unix path longer than the limit works where a relative one is short enough', async (t) => {
    const socketPath = path.join(temporaryDirectory(t), 'x'.repeat(100), 'app.sock');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(path.dirname(socketPath));
    const before = process.cwd();
    process.chdir(path.dirname(socketPath));
    t.after(() => process.chdir(before));
    await start(t, 'http-unix.cjs', { env: { ...process.env, SOCKET_PATH: socketPath } });
    await askMany(30, 8, () => ask({ socketPath: 'app.sock' }));
  });

  test('listen(0): all workers report the same port', async (t) => {
    const primary = await start(t, 'http-any.cjs');
    const port = portOf(primary);
    const ports = new Set<number>();
    const slots = new Set<number>();
    for (let i = 0; i < enoughForAll; i++) {
      const answer = (await ask({ port, host: 'localhost' })) as Answer & {
        address: { port: number; family: string };
      };
      ports.add(answer.address.port);
      slots.add(answer.slot);
      assert.equal(answer.address.family, 'IPv6');
    }
    assert.deepEqual([...ports], [port]);
    assert.equal(slots.size, workers);
  });

  test('all addresses: IPv6 and IPv4 clients are answered', async (t) => {
    const primary = await start(t, 'http-any.cjs');
    for (const host of ['127.0.0.1', '::1'])
      await assertShared(() => ask({ port: portOf(primary), host }), 60);
  });

  test('ipv6Only: IPv6 clients are answered, IPv4 ones refused', async (t) => {
    const primary = await start(t, 'http-ipv6-only.cjs');
    await assertShared(() => ask({ port: portOf(primary), host: '::1' }), 60);
    await assert.rejects(ask({ port: portOf(primary), host: '127.0.0.1' }), { code: 'ECONNREFUSED' });
  });

  test('two servers of one app, both on port 0, keep apart', async (t) => {
    const primary = await start(t, 'two-servers.cjs');
    await listenersAre(primary, 2);
    const names = new Set<string>();
    for (const { port } of primary.addresses) {
      const seen = new Set<string>();
      await assertShared(async () => {
        const answer = (await ask({ port, host: '127.0.0.1' })) as Answer & { server: string };
        seen.add(answer.server);
        return answer;
      }, 60);
      assert.equal(seen.size, 1, 'one port is answered by one server');
      for (const name of seen) names.add(name);
    }
    assert.deepEqual([...names].toSorted(), ['first', 'second']);
  });

  test('cluster tells the app what it is', async (t) => {
    const primary = await start(t, 'esm.mjs');
    const answer = (await ask({ port: portOf(primary), host: '127.0.0.1' })) as Answer & {
      worker: number;
      isPrimary: boolean;
    };
    assert.equal(answer.isPrimary, false, 'in the named import too');
    assert.equal(answer.worker, answer.slot + 1);
  });
}
