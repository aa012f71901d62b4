// Clients that are broken, slow, or not to be trusted.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import { ask, begin, sendRaw, serve, whole } from './fixtures.js';
import { Deferred } from '#core/primary/deferred.js';

/** The JSON of a raw answer, whose head must be as it is for all. */
function parse(answer: string, status: number): { error: { code: string; message: string } } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
  assert.match(head, /^Baton-Protocol: 1\r?$/m);
  return JSON.parse(body) as { error: { code: string; message: string } };
}

for (const [what, text, status] of [
  ['what is no HTTP', '\0\x01\x02 garbage\r\n\r\n', 400],
  ['headers without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, 431],
  [
    'a body that lies about its length',
    'POST /v1/scale HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    400,
  ],
] as const) {
  test(`${what} is answered with ${status}, and the next client is served`, async (t) => {
    const { socketPath, controlled } = await serve(t);
    assert.equal(parse(await sendRaw(socketPath, text), status).error.code, 'BATON_CONTROL_REQUEST');
    assert.equal((await ask(socketPath, 'GET', '/')).status, 200);
    assert.deepEqual(controlled.calls, []);
  });
}

test('a body of more than 64 KiB is refused, with or without a length', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const padding = ' '.repeat(64 * 1024);
  const sized = await ask(socketPath, 'POST', '/v1/scale', `{"workers":2${padding}}`);
  assert.equal(sized.status, 413);
  assert.match(sized.text, /longer than 65536 bytes/);
  const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
  const head = 'POST /v1/stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  parse(await sendRaw(socketPath, `${head}${chunk}${chunk}0\r\n\r\n`), 413);
  assert.deepEqual(controlled.calls, []);
  const within = await ask(socketPath, 'POST', '/v1/scale', `{"workers":2${padding.slice(20)}}`);
  assert.equal(within.status, 200);
});

for (const [who, text] of [
  ['says nothing', ''],
  ['stops within the headers', 'GET / HTTP/1.1\r\nHost:'],
  ['stops within the body', 'POST /v1/scale HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"workers":'],
] as const) {
  test(`a client that ${who} is sent away`, async (t) => {
    const { socketPath, controlled } = await serve(t, { clientTimeoutMs: 100 });
    parse(await sendRaw(socketPath, text), 408);
    assert.deepEqual(controlled.calls, []);
  });
}

test('a client that does not read its answer is sent away', async (t) => {
  const { socketPath, controlled } = await serve(t, { clientTimeoutMs: 100 });
  controlled.app = 'x'.repeat(8 * 1024 * 1024);
  const socket = net.connect(socketPath);
  t.after(() => socket.destroy());
  socket.write('GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'readable');
  // The other end is in this process too: of the two, one is left when the server has closed its own.
  const before = openSockets();
  while (openSockets() !== before - 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const chunks: Buffer[] = await socket.toArray();
  assert.ok(Buffer.concat(chunks).length < controlled.app.length);
});

test('what a client asked for is done though it has gone', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const reloading = new Deferred();
  controlled.reloading = reloading.promise;
  const response = await begin(socketPath, 'POST', '/v1/reload');
  response.on('error', () => {});
  response.destroy();
  await once(response, 'close');
  for (let slot = 0; slot < 100; slot++) {
    controlled.emit(
      'worker',
      { id: 7, slot, generation: 1, directory: '/srv/shop', pid: 1, state: 'ready', restarts: 0 },
      {},
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  reloading.resolve();
  assert.match((await ask(socketPath, 'GET', '/v1/status')).text, /"generation":2/);
});

test('many commands at once are each answered', async (t) => {
  const { socketPath, controlled } = await serve(t);
  const reloading = new Deferred();
  controlled.reloading = reloading.promise;
  const responses = await Promise.all(
    Array.from({ length: 40 }, () => begin(socketPath, 'POST', '/v1/reload')),
  );
  assert.equal(controlled.listenerCount('worker'), 1);
  reloading.resolve();
  const answers = await Promise.all(responses.map(whole));
  assert.ok(answers.every(({ json }) => 'result' in (json[0] as object)));
});

const nobody = 65_534;

test(
  'another user is not heard, even if the modes of the files let it in, and is counted',
  { skip: process.getuid?.() !== 0 && 'only root can become another user' },
  async (t) => {
    const { socketPath, directory, controlled, server } = await serve(t);
    chmodSync(directory, 0o755);
    chmodSync(socketPath, 0o777);
    const script = `
      const socket = require('node:net').connect(${JSON.stringify(socketPath)});
      let received = 0;
      socket.on('connect', () => socket.write('POST /v1/stop HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'));
      socket.on('data', ({ length }) => (received += length));
      socket.on('error', ({ code }) => code === 'EACCES' && console.log(code));
      socket.on('close', () => console.log(process.getuid() + ' received ' + received));
    `;
    const client = spawn(process.execPath, ['-e', script], {
      uid: nobody,
      gid: nobody,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output: Buffer[] = await client.stdout.toArray();
    assert.equal(Buffer.concat(output).toString(), `${nobody} received 0\n`);
    assert.equal(server.peersRefused, 1);
    assert.deepEqual(controlled.calls, []);
    assert.match((await ask(socketPath, 'GET', '/')).text, /"peersRefused":1/);
  },
);

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}
