// A worker whose server is at `maxConnections` leaves connections to others; where all are, connections wait.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { connect, connectOne, handoffs, startDrainable } from './draining.js';
import { sumOfSlots, temporaryDirectory, until } from './harness.js';
import { RawClient } from './raw-client.js';

type Answer = Awaited<ReturnType<RawClient['ask']>> & { drops: number };

function start(
  t: TestContext,
  most: number,
  options: Omit<PrimaryOptions, 'app'> & { env?: NodeJS.ProcessEnv },
): Promise<Primary> {
  const env = { ...process.env, MOST: String(most), ...options.env };
  return startDrainable(t, 'max-connections.cjs', { workers: 2, ...options, env });
}

async function ask(client: RawClient, target?: string): Promise<Answer> {
  return (await client.ask(target)) as Answer;
}

/** A request whose answer may be long in coming. */
class Asked {
  isAnswered = false;
  readonly answer: Promise<Answer>;

  constructor(client: RawClient) {
    this.answer = ask(client);
    this.answer.then(
      () => (this.isAnswered = true),
      () => {},
    );
  }
}

function refused(primary: Primary): number {
  return sumOfSlots(primary, ({ revoked }) => revoked.full);
}

/** How many of the clients each worker has. None was closed, or told of as dropped. */
async function shares(clients: readonly RawClient[]): Promise<number[]> {
  const byPid = new Map<number, number>();
  for (const client of clients) {
    const { pid, drops } = await ask(client);
    assert.equal(drops, 0);
    byPid.set(pid, (byPid.get(pid) ?? 0) + 1);
  }
  return [...byPid.values()];
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: at maxConnections, connections go to another worker, and wait where all are`, async (t) => {
    const primary = await start(t, 5, { handoff });
    const clients = await connect(primary, 10);
    assert.deepEqual(await shares(clients), [5, 5]);
    const late = await connect(primary, 3);
    const asked = late.map((client) => new Asked(client));
    const refusedOnce = refused(primary);
    assert.deepEqual(await shares(clients), [5, 5]);
    assert.ok(asked.every(({ isAnswered }) => !isAnswered));
    assert.equal(refused(primary), refusedOnce, 'what waits is not offered again and again');
    for (let i = 0; i < late.length; i++) {
      await clients[i]!.destroy();
      await until(
        () => asked.filter(({ isAnswered }) => isAnswered).length === i + 1,
        'the next is answered',
      );
    }
    assert.deepEqual(await shares([...clients.slice(3), ...late]), [5, 5]);
    const { listeners } = primary.snapshot();
    assert.equal(listeners[0]?.accepted, 13);
    assert.equal(primary.snapshot().recordsRefused, 0);
  });

  test(`handoff of ${handoff}: another server of a worker at maxConnections goes on`, async (t) => {
    const primary = await start(t, 1, { handoff, workers: 1 });
    const first = await connectOne(primary);
    await ask(first);
    const waiting = new Asked(await connectOne(primary));
    for (const other of await connect(primary, 5, { listener: 1 })) await ask(other);
    assert.ok(!waiting.isAnswered);
    await first.destroy();
    await waiting.answer;
  });

  test(`handoff of ${handoff}: maxConnections may change at any time`, async (t) => {
    const primary = await start(t, 2, { handoff, workers: 1 });
    const [first, second] = await connect(primary, 2);
    await shares([first!, second!]);
    const third = new Asked(await connectOne(primary));
    await ask(first!, '/?maxConnections=3');
    await third.answer;
    // There are more than so many now.
    await ask(first!, '/?maxConnections=2');
    const fourth = new Asked(await connectOne(primary));
    await second!.destroy();
    await shares([first!]);
    assert.ok(!fourth.isAnswered);
    await ask(first!, '/?maxConnections=null');
    await fourth.answer;
    assert.equal((await shares(await connect(primary, 10)))[0], 10);
  });

  test(`handoff of ${handoff}: maxConnections that is passed already when it is set holds for the next`, async (t) => {
    const primary = await start(t, 100, { handoff, workers: 1 });
    const clients = await connect(primary, 5);
    await shares(clients);
    await ask(clients[0]!, '/?maxConnections=4');
    const late = new Asked(await connectOne(primary));
    await clients[1]!.destroy();
    await shares([clients[0]!]);
    assert.ok(!late.isAnswered);
    await clients[2]!.destroy();
    assert.equal((await late.answer).drops, 0);
  });

  test(`handoff of ${handoff}: with dropMaxConnection the worker closes, as Node does`, async (t) => {
    const primary = await start(t, 2, { handoff, workers: 1 });
    const [first, second] = await connect(primary, 2);
    await shares([first!, second!]);
    const waiting = await connectOne(primary);
    await ask(first!, '/?dropMaxConnection=true');
    assert.equal(await waiting.ended(), 'end');
    for (const late of await connect(primary, 2)) assert.equal(await late.ended(), 'end');
    await until(async () => (await ask(first!)).drops === 3, 'the app hears of three drops');
  });

  test(`handoff of ${handoff}: a reload closes none of the connections of workers at maxConnections`, async (t) => {
    const primary = await start(t, 50, { handoff, probationMs: 50 });
    const clients = await connect(primary, 100);
    assert.deepEqual(await shares(clients), [50, 50]);
    const before = new Set(primary.snapshot().workers.map(({ pid }) => pid));
    const late = new Asked(await connectOne(primary));
    await primary.reload();
    // One of them may have to wait for the late one, which came while there was a vacancy.
    const asked = clients.map((client) => new Asked(client));
    await until(
      () => [...asked, late].filter(({ isAnswered }) => isAnswered).length >= 100,
      '100 are served',
    );
    assert.ok(clients.every(({ over }) => over === undefined));
    const left = [...asked.entries()].find(([, { isAnswered }]) => !isAnswered);
    await clients.find((_, i) => i !== left?.[0])!.destroy();
    for (const { answer } of [...asked, late]) {
      const { pid, drops } = await answer;
      assert.ok(!before.has(pid));
      assert.equal(drops, 0);
    }
  });

  test(`handoff of ${handoff}: on a path, too, connections wait where all workers are at maxConnections`, async (t) => {
    const file = path.join(temporaryDirectory(t), 'app.sock');
    const primary = await start(t, 2, { handoff, env: { SOCKET_PATH: file } });
    const clients: RawClient[] = [];
    t.after(() => clients.forEach(({ socket }) => socket.destroy()));
    const open = async (): Promise<RawClient> => {
      const socket = net.connect(file);
      await once(socket, 'connect');
      const client = new RawClient(socket);
      clients.push(client);
      return client;
    };
    for (let i = 0; i < 4; i++) await ask(await open());
    const late = new Asked(await open());
    assert.deepEqual(await shares(clients.slice(0, 4)), [2, 2]);
    assert.ok(!late.isAnswered);
    await clients[0]!.destroy();
    await late.answer;
    assert.equal(primary.snapshot().recordsRefused, 0);
  });
}
