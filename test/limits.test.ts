// What workers, apps and clients can make the primary spend and say.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { ask, httpRequest } from './client.js';
import { app, startCommand, temporaryDirectory, until, type Command } from './harness.js';

interface Service {
  command: Command;
  env: NodeJS.ProcessEnv;
  port: number;
  /** Where the admin server answers. */
  admin: URL;
  control: string;
}

async function start(test: TestContext, args: string[], prefix: string[] = []): Promise<Service> {
  const XDG_RUNTIME_DIR = temporaryDirectory(test);
  const env = { XDG_RUNTIME_DIR, HOST: '127.0.0.1' };
  const command = startCommand(test, ['--name', 'api', '--metrics', '127.0.0.1:0', '-w', '2', ...args], {
    env,
    prefix,
  });
  await command.seen(/primary +.*pid/);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  const [, admin = ''] = await command.seen(/metrics +(http\S+)/);
  const control = path.join(XDG_RUNTIME_DIR, 'baton/api.sock');
  return { command, env, port: Number(port), admin: new URL(admin), control };
}

/** Connections that send a text, and then nothing, or what a client sends who does not read. */
async function flood(
  test: TestContext,
  where: { port: number; host: string } | { path: string },
  count: number,
  text: string,
): Promise<void> {
  const sockets = Array.from({ length: count }, () =>
    net
      .connect(where)
      .on('error', () => {})
      .pause(),
  );
  test.after(() => sockets.map((socket) => socket.destroy()));
  await Promise.all(
    sockets.map(async (socket) => {
      await Promise.race([once(socket, 'connect'), new Promise((resolve) => socket.on('close', resolve))]);
      socket.write(text);
    }),
  );
}

function residentMegabytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kibibytes) / 1024;
}

for (const handoff of ['connections', 'listeners'])
  test(`handoff of ${handoff}: floods of the admin server and of the control socket keep nobody from being answered`, async (t) => {
    const limit = ['prlimit', '--nofile=256:256'];
    const { env, port, admin, control } = await start(t, ['--handoff', handoff, app('http.cjs')], limit);
    const host = '127.0.0.1';
    const adminAt = { port: Number(admin.port), host };
    const request = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    await flood(t, adminAt, 500, '');
    await flood(t, adminAt, 500, 'GET /metrics HTTP/1.1\r\nHost:');
    await flood(t, adminAt, 20, request('/metrics').repeat(6_000));
    await flood(t, { path: control }, 500, '');
    await flood(t, { path: control }, 20, request('/v1/status').repeat(6_000));
    for (let i = 0; i < 10; i++) assert.equal((await ask({ port, host })).path, '/');
    for (const target of ['/readyz', '/metrics', '/status']) {
      const ask = async (): Promise<boolean> => {
        const from = performance.now();
        assert.equal((await httpRequest(new URL(target, admin))).status, 200);
        return performance.now() - from < 1_000;
      };
      // Not always the first time, on a machine that has much else to do.
      await until(ask, `${target} is answered within a second`);
    }
    const status = startCommand(t, ['status', '--name', 'api'], { env });
    assert.deepEqual(await status.exited, { code: 0, signal: null }, status.stderr);
  });

test('256 KiB of pipelined scrapes cost next to nothing, and the first is answered', async (t) => {
  const { command, admin } = await start(t, [app('http.cjs')]);
  for (let i = 0; i < 20; i++) await httpRequest(admin);
  const before = residentMegabytes(command.pid);
  const socket = net.connect({ port: Number(admin.port), host: admin.hostname });
  let received = '';
  socket.setEncoding('utf8').on('data', (text: string) => (received += text));
  socket.on('error', () => {});
  const request = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n';
  socket.write(request.repeat(Math.ceil((256 * 1024) / request.length)));
  const from = performance.now();
  await new Promise((resolve) => socket.on('close', resolve));
  const tookMs = performance.now() - from;
  const grownBy = residentMegabytes(command.pid) - before;
  t.diagnostic(`${Math.round(tookMs)} ms, ${Math.round(grownBy)} MB`);
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
  assert.equal(received.split('HTTP/1.1 200').length, 2);
  assert.ok(tookMs < 1_000 && grownBy < 30);
});

test('a worker that tells of ever more metrics costs no more than their limit, and is counted', async (t) => {
  const { command, port, admin } = await start(t, [
    '--metrics-interval',
    '100ms',
    '-w',
    '1',
    app('lies-about-metrics.cjs'),
  ]);
  await httpRequest(admin);
  const before = residentMegabytes(command.pid);
  await ask({ port, host: '127.0.0.1', path: '/lie' });
  const refused = (text: string, reason: string): number =>
    Number(
      new RegExp(`^baton_app_metrics_refused_total\\{reason="${reason}"\\} (\\d+)$`, 'm').exec(text)?.[1],
    );
  let text = '';
  await until(async () => {
    ({ text } = await httpRequest(admin));
    return refused(text, 'limit') > 150_000;
  }, 'much is left out');
  const grownBy = residentMegabytes(command.pid) - before;
  t.diagnostic(`${Math.round(grownBy)} MB`);
  assert.match(text, /^true_total 1$/m);
  assert.doesNotMatch(text, /wrong name/);
  assert.ok(refused(text, 'malformed') > 0);
  assert.match(
    command.stderr,
    /^baton: Metrics of the app are left out, such as "wrong name 1_9", because /m,
  );
  // Most of it is garbage: what names 20,000 series is made anew each time.
  assert.ok(grownBy < 120, String(grownBy));
});

test('the admin server answers to localhost in any case, and to a whole URL', async (t) => {
  const { admin } = await start(t, [app('http.cjs')]);
  const raw = async (target: string, host: string): Promise<string> => {
    const socket = net.connect({ port: Number(admin.port), host: admin.hostname });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const chunks: Buffer[] = await socket.toArray();
    return Buffer.concat(chunks).toString().slice(9, 12);
  };
  assert.equal(await raw('/livez', 'LOCALHOST'), '200');
  assert.equal(await raw(`http://LocalHost:${admin.port}/livez?a`, 'rebound.example'), '200');
  assert.equal(await raw(`http://rebound.example/livez`, 'localhost'), '421');
});

test('what an app listens on and throws moves no terminal: of status, reload, and the log', async (t) => {
  const directory = temporaryDirectory(t);
  const fails = path.join(directory, 'fails');
  const socket = path.join(directory, '\u001B]0;owned\u0007\u009B31mapp.sock');
  const file = path.join(directory, 'app.cjs');
  writeFileSync(
    file,
    `if (require('node:fs').existsSync(${JSON.stringify(fails)})) throw new Error('\u001B[2J\u009B31mno room');
    require('node:http').createServer().listen(0, '127.0.0.1');
    require('node:http').createServer().listen(${JSON.stringify(socket)});`,
  );
  const { command, env, admin } = await start(t, ['--probation', '0', file]);
  const booted = command.stderr;
  writeFileSync(fails, '');
  const printed = [booted];
  for (const args of [['reload'], ['status'], ['status', '--json']]) {
    const asked = startCommand(t, [...args, '--name', 'api'], { env });
    await asked.exited;
    printed.push(asked.stdout, asked.stderr);
  }
  const all = printed.join('\n');
  assert.match(booted, /listening .*app\.sock$/m);
  assert.match(all, /no room/);
  assert.deepEqual(all.match(/(?!\n)\p{Cc}/gu), null);
  const { text } = await httpRequest(new URL('/status', admin));
  const { events } = JSON.parse(text) as { events: { text: string }[] };
  assert.ok(events.some(({ text: told }) => told.includes('no room')));
  for (const { text: told } of events) assert.doesNotMatch(told, /(?!\n)\p{Cc}/u);
});
