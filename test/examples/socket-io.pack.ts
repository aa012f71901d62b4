// examples/socket-io: clients by polling and by WebSocket, of both workers.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { httpRequest, withClients } from '../client.js';
import { portOf, root, startCommand, startPrimary, temporaryDirectory, until } from '../harness.js';
import { blocksOf, fileOf } from '../docs/page.js';
import { commandsOf, Example, manifestOf } from './example.js';

const folder = path.join(root, 'examples/socket-io');
const page = 'docs/recipes/socket-io.md';

const [ann = '', ben = '', reload = '', status = '', kill = '', rooms = '', ...others] =
  commandsOf('socket-io');

/** The last is Socket.IO's default: it begins with polling, and goes over to WebSocket. */
const kinds = [['polling'], ['websocket'], ['polling', 'websocket']];

/**
 * A client, from an address of its own: with `--policy sticky` that decides which worker it reaches. It keeps no connection for polling:
 * xmlhttprequest-ssl, by which Socket.IO's client polls in Node, never ends the request that it repeats after ECONNRESET on a kept one.
 */
class Chatter {
  readonly socket: Socket;
  readonly transports: readonly string[];
  /** Of the messages that it has heard. */
  readonly heard = new Set<string>();
  readonly disconnects: string[] = [];
  /** The worker that has acknowledged its last message. */
  pid = 0;

  constructor(t: TestContext, port: number, index: number) {
    this.transports = kinds[index % kinds.length] ?? [];
    this.socket = io(`http://127.0.0.1:${port}`, {
      transports: [...this.transports],
      forceNew: true,
      agent: new http.Agent({ localAddress: `127.0.0.${index + 2}` }) as unknown as string,
      reconnectionDelay: 200,
      retries: 10,
      ackTimeout: 2_000,
    });
    this.socket.on('said', ({ id }: { id: string }) => this.heard.add(id));
    this.socket.on('disconnect', (reason) => this.disconnects.push(reason));
    t.after(() => this.socket.close());
  }

  /** Resolves when a worker has acknowledged it, after a reconnect if need be. */
  async say(id: string): Promise<void> {
    const { pid } = (await this.socket.emitWithAck('say', { id, text: id })) as { pid: number };
    this.pid = pid;
  }
}

/** As many as reach both workers, each transport among them. */
async function chatters(t: TestContext, port: number): Promise<Chatter[]> {
  const all = Array.from({ length: 12 }, (_, index) => new Chatter(t, port, index));
  await Promise.all(all.map((chatter, index) => chatter.say(`first of ${index}`)));
  return all;
}

/** Each says one thing after another until `work` is done. Resolves when all that was said is acknowledged. */
async function talkWhile(all: Chatter[], work: () => Promise<void>): Promise<void> {
  const left = [...all.entries()];
  const client = async (isDone: () => boolean): Promise<void> => {
    const [index, chatter] = left.pop() ?? assert.fail();
    for (let n = 0; !isDone(); n++) await chatter.say(`${index}:${n}`);
  };
  await withClients(all.length, client, work);
}

test('Socket.IO: clients come back by themselves at a reload and when their worker is killed, and what they say arrives', async (t) => {
  assert.deepEqual(others, []);
  const example = await Example.start(t, 'socket-io');
  const all = await chatters(t, example.port);
  const before = await example.pids();
  assert.deepEqual(new Set(all.map(({ pid }) => pid)), new Set(before), 'each worker has some');

  await talkWhile(all, async () => {
    const from = performance.now();
    await example.run(reload);
    assert.ok(performance.now() - from < 20_000, 'no WebSocket had to be cut off');
    await until(() => all.every(({ pid }) => !before.includes(pid)), 'each is in a new worker', 20_000);
  });
  for (const { disconnects, transports } of all) {
    assert.ok(disconnects.length > 0);
    // Of polling, a message may meet the worker that has just closed its session: that is an error of the transport.
    const expected = transports.includes('polling') ? /^transport (close|error)$/ : /^transport close$/;
    for (const reason of disconnects) assert.match(reason, expected);
  }

  assert.match(await example.run(status), /slots +2 of 2 ready/);
  const victim = all[0]?.pid ?? 0;
  const orphaned = all.filter(({ pid }) => pid === victim);
  const untouched = all.filter(({ pid }) => pid !== victim);
  const times = untouched.map(({ disconnects }) => disconnects.length);
  assert.ok(untouched.length > 0);
  await talkWhile(all, async () => {
    await example.run(kill, victim);
    await until(() => orphaned.every(({ pid }) => pid !== victim), 'each has come back', 20_000);
  });
  assert.deepEqual(
    untouched.map(({ disconnects }) => disconnects.length),
    times,
  );

  for (const chatter of all) chatter.socket.close();
  await example.stop();
});

test('while their worker is busy, clients that poll keep their sessions', async (t) => {
  const example = await Example.start(t, 'socket-io');
  const all = await chatters(t, example.port);
  const busy = all[0]?.pid ?? 0;
  const waiting = all.filter(({ pid }) => pid === busy);
  assert.ok(waiting.some(({ transports }) => transports[0] === 'polling'));
  // As by a computation that takes so long: its event loop stands still.
  process.kill(busy, 'SIGSTOP');
  const said = Promise.all(waiting.map((chatter) => chatter.say('while it is busy')));
  try {
    await setTimeout(400);
  } finally {
    process.kill(busy, 'SIGCONT');
  }
  await said;
  assert.deepEqual(
    waiting.map(({ pid, disconnects }) => ({ pid, disconnects })),
    waiting.map(() => ({ pid: busy, disconnects: [] })),
  );
  for (const chatter of all) chatter.socket.close();
  await example.stop();
});

test('the client says what is typed, from the address that it is given', async (t) => {
  const example = await Example.start(t, 'socket-io');
  const both = [ann, ben].map((command) => example.startClient(t, command, 'Hello!\n'));
  for (const client of both) {
    assert.deepEqual(await client.exited, { code: 0, signal: null }, client.stderr);
    assert.match(client.stdout, /^connected\n/);
    assert.match(client.stdout, /^worker \d+ took: Hello!$/m);
  }
  await example.stop();
});

test('rooms span the workers if the primary passes messages on, also after a reload', async (t) => {
  assert.equal(rooms, 'npm run start:rooms');
  const [program, file] = manifestOf('socket-io').scripts['start:rooms']?.split(' ') ?? [];
  assert.equal(program, 'node');
  const env = {
    ...process.env,
    PORT: '0',
    METRICS_PORT: '0',
    WEB_CONCURRENCY: '2',
    XDG_RUNTIME_DIR: temporaryDirectory(t),
  };
  const primary = startCommand(t, [], { file: path.join(folder, file ?? ''), cwd: folder, env });
  const [, port] = await primary.seen(/Serves on http:\/\/127\.0\.0\.1:(\d+)/, 'stdout');
  const all = await chatters(t, Number(port));
  assert.ok(new Set(all.map(({ pid }) => pid)).size > 1);
  const say = async (id: string): Promise<void> => {
    await all[0]?.say(id);
    await until(() => all.every(({ heard }) => heard.has(id)), `all hear ${id}`);
  };
  await say('to all');
  const before = new Set(all.map(({ pid }) => pid));
  const baton = path.join(folder, 'node_modules/@baton/core/bin/baton.js');
  const reloaded = startCommand(t, ['reload'], { file: baton, cwd: folder, env });
  await talkWhile(all, async () => {
    assert.equal((await reloaded.exited).code, 0, reloaded.stderr);
    await until(() => all.every(({ pid }) => !before.has(pid)), 'each is in a new worker', 20_000);
  });
  await say('to all again');
  for (const chatter of all) chatter.socket.close();
  primary.process.kill('SIGTERM');
  assert.deepEqual(await primary.exited, { code: 0, signal: null }, primary.stderr);
});

test('without sticky, a worker does not know the sessions of another', async (t) => {
  const app = path.join(folder, 'app.js');
  const env = { ...process.env, PORT: '0' };
  const primary = await startPrimary(t, { app, policy: 'round-robin', workers: 2, env });
  const url = `http://127.0.0.1:${portOf(primary)}/socket.io/?EIO=4&transport=polling`;
  const { text } = await httpRequest(url);
  const { sid } = JSON.parse(text.slice(1)) as { sid: string };
  // Its connection goes to the worker whose turn it is.
  const { status, text: error } = await httpRequest(`${url}&sid=${sid}`);
  assert.deepEqual([status, JSON.parse(error)], [400, { code: 1, message: 'Session ID unknown' }]);
});

test('the page shows the files and the commands of the example', () => {
  for (const name of ['app.js', 'primary.js'])
    assert.equal(fileOf(page, name), readFileSync(path.join(folder, name), 'utf8'), name);
  const { start, 'start:rooms': startRooms } = manifestOf('socket-io').scripts;
  const commands = blocksOf(page).filter(({ test }) => test === 'socket-io');
  assert.deepEqual(
    commands.map(({ text }) => text.trim()),
    [`npx ${start}`, startRooms],
  );
});

test('the page: each worker has a port of its own, and clients by polling need no sticky policy', async (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync(path.join(folder, 'node_modules'), path.join(directory, 'node_modules'));
  writeFileSync(path.join(directory, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(directory, 'ports.js'), fileOf(page, 'ports.js'));
  const app = path.join(directory, 'ports.js');
  const first = await freePorts();
  const env = { ...process.env, PORT: String(first) };
  const primary = await startPrimary(t, { app, workers: 2, probationMs: 0, env });
  assert.deepEqual(
    primary.addresses.map(({ port }) => port).toSorted((a, b) => a - b),
    [first, first + 1],
  );
  const clients = [0, 1].map((slot) =>
    io(`http://127.0.0.1:${first + slot}`, {
      transports: ['polling'],
      reconnectionDelay: 100,
      retries: 10,
      ackTimeout: 2_000,
    }),
  );
  t.after(() => clients.forEach((client) => client.close()));
  const who = (): Promise<unknown[]> =>
    Promise.all(clients.map((client) => client.emitWithAck('who') as Promise<unknown>));
  assert.deepEqual(await who(), [0, 1]);
  const back = clients.map(
    (client) => new Promise<void>((resolve) => client.io.once('reconnect', () => resolve())),
  );
  await primary.reload();
  await Promise.all(back);
  assert.deepEqual(await who(), [0, 1]);
});

/** Two ports in a row that nobody listens on: the first. */
async function freePorts(): Promise<number> {
  for (;;) {
    const [first, second] = [http.createServer(), http.createServer()];
    try {
      await once(first.listen(0, '127.0.0.1'), 'listening');
      const { port } = first.address() as AddressInfo;
      await once(second.listen(port + 1, '127.0.0.1'), 'listening');
      return port;
    } catch {
      // The second is in use, or not a port.
    } finally {
      for (const server of [first, second]) server.close();
    }
  }
}
