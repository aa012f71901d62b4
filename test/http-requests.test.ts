// What becomes of HTTP requests is counted, each once, in any protocol and whatever becomes of its worker.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { HttpFigures, Primary } from '@baton/core';
import { httpRequest } from './client.js';
import { app, portOf, root, startPrimary, until } from './harness.js';
import { KeepAliveClient, type KeptAlive } from './keep-alive.js';

const host = '127.0.0.1';
const keys = { TLS_KEY: `${root}/test/apps/tls/key.pem`, TLS_CERT: `${root}/test/apps/tls/cert.pem` };

type Protocol = 'http' | 'https' | 'http2';

async function start(t: TestContext, protocol: Protocol, options: object = {}): Promise<Primary> {
  const env = { ...process.env, ...keys, PROTOCOL: protocol };
  return startPrimary(t, { app: app('ends-requests.cjs'), workers: 1, env, minUptimeMs: 0, ...options });
}

function figures(primary: Primary): HttpFigures {
  const [slot] = primary.snapshot().slots;
  assert.ok(slot?.http);
  return slot.http;
}

/** All but the durations. */
function counts(primary: Primary): Omit<HttpFigures, 'duration'> {
  const { duration, ...rest } = figures(primary);
  const { responses } = rest;
  const answered = Object.values(responses).reduce((sum, count) => sum + count, 0);
  assert.equal(
    duration.counts.reduce((sum, count) => sum + count, 0),
    answered,
    'each response has a duration',
  );
  return rest;
}

const none = {
  responses: { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
  upgraded: 0,
  rejected: 0,
  aborted: 0,
  lost: 0,
};

/** Waits until these are the counts. */
async function comesTo(primary: Primary, wanted: Partial<typeof none>): Promise<void> {
  const all = { ...none, ...wanted };
  const text = JSON.stringify(all);
  await until(() => JSON.stringify(counts(primary)) === text, text).catch((error: unknown) => {
    assert.deepEqual(counts(primary), all);
    throw error;
  });
}

/** Sends text on a connection of its own, and reads to its end, or for as long as it takes until `seen` is there. */
async function say(port: number, useTls: boolean, text: string, seen?: RegExp): Promise<string> {
  const socket = useTls
    ? tls.connect({ port, host, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
    : net.connect(port, host);
  socket.on('error', () => {});
  await once(socket, useTls ? 'secureConnect' : 'connect');
  let said = '';
  socket.setEncoding('utf8').on('data', (data: string) => (said += data));
  socket.write(text);
  const closed = once(socket, 'close');
  if (seen) {
    while (!seen.test(said)) await once(socket, 'data');
    socket.destroy();
  }
  await closed;
  return said;
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

for (const protocol of ['http', 'https', 'http2'] as const) {
  const useTls = protocol !== 'http';

  test(`${protocol}: HTTP/1 requests are counted by what becomes of them`, async (t) => {
    const primary = await start(t, protocol);
    const port = portOf(primary);
    for (const status of [200, 204, 304, 404, 503])
      await say(port, useTls, get(`/?status=${status}`, 'Connection: close\r\n'));
    await comesTo(primary, { responses: { '2xx': 2, '3xx': 1, '4xx': 1, '5xx': 1 } });

    // Interim responses are none.
    await say(port, useTls, get('/interim', 'Expect: 100-continue\r\nConnection: close\r\n'));
    await comesTo(primary, { responses: { '2xx': 3, '3xx': 1, '4xx': 1, '5xx': 1 } });

    // Three at once on one connection; the last ends it.
    await say(port, useTls, get('/?after=30') + get('/') + get('/', 'Connection: close\r\n'));
    await comesTo(primary, { responses: { '2xx': 6, '3xx': 1, '4xx': 1, '5xx': 1 } });

    await say(port, useTls, get('/half'), /half/);
    await say(port, useTls, get('/destroy'));
    await comesTo(primary, { responses: { '2xx': 6, '3xx': 1, '4xx': 1, '5xx': 1 }, aborted: 2 });

    await say(port, useTls, get('/', 'Connection: Upgrade\r\nUpgrade: echo\r\n'));
    const http1 = { responses: { '2xx': 6, '3xx': 1, '4xx': 1, '5xx': 1 }, aborted: 2, upgraded: 1 };
    await comesTo(primary, http1);
    assert.match(await say(port, useTls, 'no HTTP\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await say(port, useTls, get('/', `X: ${'x'.repeat(20_000)}\r\n`)), /^HTTP\/1\.1 431 /);
    await comesTo(primary, { ...http1, rejected: 2 });

    // What is wrong with a body is of its request.
    const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await say(port, useTls, `${chunked}no chunk`), /^HTTP\/1\.1 400 /);
    await comesTo(primary, { ...http1, rejected: 2, aborted: 3 });
  });
}

test('an HTTP/1 CONNECT is an upgrade', async (t) => {
  const primary = await start(t, 'http');
  await say(portOf(primary), false, 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n');
  await comesTo(primary, { upgraded: 1 });
});

test('HTTP/2 requests are counted by what becomes of their streams', async (t) => {
  const primary = await start(t, 'http2');
  const session = http2.connect(`https://${host}:${portOf(primary)}`, { rejectUnauthorized: false });
  const ask = async (path: string, method = 'GET'): Promise<void> => {
    const stream = session.request({ ':path': path, ':method': method });
    stream.resume().end();
    await once(stream, 'close');
  };
  await Promise.all(['/', '/interim', '/?status=404', '/?status=500&after=20'].map((path) => ask(path)));
  await ask('/', 'HEAD');
  const responses = { '2xx': 3, '3xx': 0, '4xx': 1, '5xx': 1 };
  await comesTo(primary, { responses });
  const half = session.request({ ':path': '/half' });
  await once(half, 'data');
  half.close(http2.constants.NGHTTP2_CANCEL);
  await comesTo(primary, { responses, aborted: 1 });
  const never = session.request({ ':path': '/never' });
  await until(() => primary.snapshot().slots[0]?.requests === 1, 'it is under way');
  never.destroy();
  await comesTo(primary, { responses, aborted: 2 });
  await ask('/file');
  await comesTo(primary, { responses: { ...responses, '2xx': 4 }, aborted: 2 });
  for (const authority of ['a:80', 'refused:80']) {
    const stream = session.request({ ':method': 'CONNECT', ':authority': authority });
    stream.resume().end();
    await once(stream, 'close');
  }
  await comesTo(primary, { responses: { ...responses, '2xx': 4, '4xx': 2 }, aborted: 2, upgraded: 1 });
  session.destroy();
});

test('each duration is from the head of the request to the end of the response', async (t) => {
  const primary = await start(t, 'http');
  const port = portOf(primary);
  // The second of two on one connection waits for the first, and is timed from its own head.
  await say(port, false, get('/?after=300') + get('/?after=0', 'Connection: close\r\n'));
  await httpRequest(`http://${host}:${port}/?after=80`);
  await until(() => figures(primary).responses['2xx'] === 3, 'all are counted');
  const { boundsNs, counts, sumNs } = figures(primary).duration;
  const lowerMs = counts.flatMap((count, i) => Array<number>(count).fill((boundsNs[i - 1] ?? 0) / 1e6));
  const upperMs = counts.flatMap((count, i) => Array<number>(count).fill((boundsNs[i] ?? Infinity) / 1e6));
  // 80 ms is in 64…128, 300 ms twice in 256…512, or later where processor time is short.
  assert.ok(
    (lowerMs[0] ?? 0) >= 64 && (lowerMs[1] ?? 0) >= 256 && (lowerMs[2] ?? 0) >= 256,
    lowerMs.join(' '),
  );
  const sumMs = sumNs / 1e6;
  assert.ok(sumMs >= 680 - 3 && sumMs <= upperMs.reduce((sum, upper) => sum + upper, 0), `${sumMs} ms`);
});

test('what a killed worker has counted stays, and what it was answering is lost', async (t) => {
  const primary = await start(t, 'http', { workers: 2, policy: 'round-robin' });
  const port = portOf(primary);
  const seen: KeptAlive = { answered: 0, failed: {}, reconnected: 0, pids: new Set() };
  const sum = (pick: (http: HttpFigures) => number): number =>
    primary.snapshot().slots.reduce((total, { http }) => total + (http ? pick(http) : 0), 0);
  const answered = (): number => sum(({ responses }) => responses['2xx']);
  let sent = 0;
  const clients = Array.from({ length: 8 }, () => new KeepAliveClient({ port, host }, seen));
  const ask = async (client: KeepAliveClient, path: string): Promise<void> => {
    sent += 1;
    await client.ask(path);
  };
  await Promise.all(clients.map((client) => ask(client, '/')));
  const holding = clients.map((client) => ask(client, '/?after=60000'));
  await until(
    () => sum(() => 0) + primary.snapshot().slots.reduce((n, { requests }) => n + requests, 0) === 8,
    'all wait',
  );
  const [victim] = primary.snapshot().workers;
  const before = { answered: answered(), slots: primary.snapshot().slots.map(({ requests }) => requests) };
  assert.equal(before.answered, 8);
  process.kill(victim?.pid ?? 0, 'SIGKILL');
  await until(() => sum(({ lost }) => lost) === before.slots[0], 'what it was answering is lost');
  assert.equal(answered(), before.answered, 'no count falls');
  for (const client of clients) client.close();
  await Promise.all(holding);
  await until(() => sum(({ aborted }) => aborted) === before.slots[1], 'the others were given up');
  assert.equal(
    sum(({ responses, aborted, lost }) => responses['2xx'] + aborted + lost),
    sent,
    'each has come to one end',
  );
});

test('without request metrics, no request is counted, and those under way are', async (t) => {
  const primary = await start(t, 'http', { requestMetrics: false, metrics: { host, port: 0 } });
  const port = portOf(primary);
  await httpRequest(`http://${host}:${port}/`);
  const held = http.get({ host, port, path: '/never', agent: false });
  held.on('error', () => {});
  await until(() => primary.snapshot().slots[0]?.requests === 1, 'it is under way');
  assert.equal(primary.snapshot().slots[0]?.http, undefined);
  assert.equal(primary.status().workers[0]?.http, undefined);
  const { text } = await httpRequest(primary.metricsUrl ?? '');
  assert.doesNotMatch(text, /^baton_http_/m);
  held.destroy();
});

test('they are metrics, by worker and class', async (t) => {
  const primary = await start(t, 'https', { metrics: { host, port: 0 } });
  const request = https.get({ host, port: portOf(primary), agent: false, rejectUnauthorized: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  await until(() => figures(primary).responses['2xx'] === 1, 'it is counted');
  const { text } = await httpRequest(primary.metricsUrl ?? '');
  for (const line of [
    /^baton_http_requests_total\{worker="0",code="2xx"\} 1$/m,
    /^baton_http_requests_total\{worker="0",code="5xx"\} 0$/m,
    /^baton_http_request_duration_seconds_bucket\{worker="0",le="0\.00025"\} [01]$/m,
    /^baton_http_request_duration_seconds_bucket\{worker="0",le="65\.536"\} 1$/m,
    /^baton_http_request_duration_seconds_count\{worker="0"\} 1$/m,
    /^baton_http_requests_aborted_total\{worker="0"\} 0$/m,
    /^baton_http_requests_lost_total\{worker="0"\} 0$/m,
    /^baton_http_upgrades_total\{worker="0"\} 0$/m,
    /^baton_http_rejected_total\{worker="0"\} 0$/m,
  ])
    assert.match(text, line);
});
