// Listener handoff: workers accept for themselves, and the primary covers for them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, askMany, askWhile } from './client.js';
import {
  app,
  openFds,
  portOf,
  startCommand,
  startPrimary,
  sumOfSlots,
  temporaryDirectory,
  until,
} from './harness.js';
import { Journal } from './journal.js';

const host = '127.0.0.1';
const handoff = 'listeners';

function accepted(primary: Primary): number {
  return primary.snapshot().listeners[0]?.accepted ?? NaN;
}

function pidOf(primary: Primary, slot: number): number {
  return primary.snapshot().workers[slot]?.pid ?? assert.fail('no process');
}

test('while all is well, workers accept every connection, and it is counted', async (t) => {
  const primary = await startPrimary(t, { app: app('esm.mjs'), workers: 4, handoff });
  await askMany(1_000, 16, () => ask({ port: portOf(primary), host }));
  await until(() => sumOfSlots(primary, (slot) => slot.connections) === 0, 'all connections are closed');
  // Before a worker held its socket, the primary accepted for it.
  assert.equal(
    sumOfSlots(primary, (slot) => slot.ownAccepted + slot.claimed),
    1_000,
  );
  assert.ok(sumOfSlots(primary, (slot) => slot.ownAccepted) > 900);
  assert.equal(accepted(primary), 1_000);
  assert.deepEqual(
    primary.snapshot().slots.map((slot) => [slot.listenersClaimed, slot.listenersRevoked]),
    [1, 1, 1, 1].map((claimed) => [claimed, 0]),
  );
  for (const { ownAccepted } of primary.snapshot().slots)
    assert.ok(ownAccepted > 100, 'the kernel shares out');
});

test('open connections of a worker are counted', async (t) => {
  const primary = await startPrimary(t, { app: app('slow.cjs'), workers: 1, handoff });
  const requests = Array.from({ length: 5 }, () => ask({ port: portOf(primary), host }));
  await until(() => primary.snapshot().slots[0]?.connections === 5, 'five are open');
  await until(() => primary.snapshot().slots[0]?.requests === 5, 'five are answered');
  await Promise.all(requests);
  await until(() => primary.snapshot().slots[0]?.connections === 0, 'none is open');
});

test('a stopped worker: others answer what comes to its socket, and it gets its own again when it goes on', async (t) => {
  const journal = new Journal(temporaryDirectory(t));
  const primary = await startPrimary(t, {
    app: app('journal.cjs'),
    workers: 3,
    handoff,
    stallAfterMs: 20,
    env: journal.env,
  });
  const port = portOf(primary);
  const stopped = pidOf(primary, 0);
  await ask({ port, host, path: '/first' });
  const fdsBefore = openFds(stopped).size;
  process.kill(stopped, 'SIGSTOP');
  // What it had accepted when it stopped waits; nobody has asked it for anything.
  let sent = 0;
  const answers = await askMany(300, 32, () => ask({ port, host, path: `/${sent++}` }));
  assert.equal(answers.get(0), undefined);
  assert.ok(sumOfSlots(primary, (slot) => slot.claimed) > 50, 'a third of them came to its socket');
  process.kill(stopped, 'SIGCONT');
  await until(async () => (await ask({ port, host, path: `/${sent++}` })).slot === 0, 'it answers again');
  const begun = journal.begun();
  assert.equal(begun.size, sent + 1);
  for (const [path, pids] of begun) assert.equal(pids.length, 1, `${path} was begun by ${pids.join(', ')}`);
  await until(() => openFds(stopped).size <= fdsBefore, 'it has its fds');
  assert.equal(accepted(primary), sent + 1);
  assert.equal(
    sumOfSlots(primary, (slot) => slot.ownAccepted + slot.claimed),
    sent + 1,
  );
});

test('a worker that blocks delays nobody but those it has accepted', async (t) => {
  const primary = await startPrimary(t, { app: app('blocks.cjs'), workers: 2, handoff, stallAfterMs: 20 });
  const target = { port: portOf(primary), host };
  const order: string[] = [];
  const block = ask({ ...target, path: '/block/1500' }).then(({ slot }) => {
    order.push('blocked');
    return slot;
  });
  await until(
    () => sumOfSlots(primary, (slot) => slot.requests) === 1,
    'one has begun to answer, and blocks',
  );
  const others = await Promise.all(Array.from({ length: 40 }, () => ask(target)));
  order.push('others');
  const slot = await block;
  assert.deepEqual(order, ['others', 'blocked'], 'nobody waited for the end of the block');
  for (const answer of others) assert.notEqual(answer.slot, slot);
});

test('a killed worker: what was queued for it is answered by others, and the next has its socket', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 2,
    handoff,
    env: { ...process.env, HOST: host },
  });
  const port = portOf(primary);
  const killed = pidOf(primary, 0);
  process.kill(killed, 'SIGSTOP'); // with a long stallAfter, its connections stay in its queue
  const queued = (): number =>
    primary.snapshot().listeners[0]?.queued.find(({ slot }) => slot === 0)?.length ?? 0;
  const answers = Promise.all(Array.from({ length: 40 }, () => ask({ port, host })));
  await until(() => queued() > 5 && accepted(primary) + queued() === 40, 'some wait for the stopped worker');
  process.kill(killed, 'SIGKILL');
  for (const { pid } of await answers) assert.notEqual(pid, killed);
  await until(() => primary.snapshot().workers[0]?.state === 'ready', 'the next is up');
  assert.equal((await askMany(60, 4, () => ask({ port, host }))).size, 2);
  assert.equal(accepted(primary), 100);
});

test('while no worker is up, connections wait for the next', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 1,
    handoff,
    env: { ...process.env, HOST: host },
  });
  const killed = pidOf(primary, 0);
  process.kill(killed, 'SIGKILL');
  await until(() => primary.snapshot().workers[0]?.state !== 'ready', 'it is gone');
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask({ port: portOf(primary), host })));
  for (const { pid } of answers) assert.notEqual(pid, killed);
});

// The original of this technique: a main process, and eight that ask it for the socket, are told to go, and are replaced.
test('64 clients connect all the time while 8 workers are told to go, one after the other and side by side', async (t) => {
  const workers = 8;
  const primary = await startPrimary(t, {
    app: app('graceful.cjs'),
    workers,
    handoff,
    stallAfterMs: 20,
    probationMs: 200,
  });
  const pids = (): number[] => primary.snapshot().workers.map(({ slot }) => pidOf(primary, slot));
  const ownFds = openFds().size;
  const [workerFds] = pids().map((pid) => openFds(pid).size);
  const areReplaced = async (before: number[]): Promise<void> => {
    const isReplaced = ({
      slot,
      pid,
      state,
    }: {
      slot: number;
      pid?: number | undefined;
      state: string;
    }): boolean => state === 'ready' && pid !== before[slot];
    await until(() => primary.snapshot().workers.every(isReplaced), 'all are replaced', 30_000);
  };
  const outcomes = await askWhile(portOf(primary), 64, async () => {
    for (let round = 0; round < 2; round++) {
      const before = pids();
      for (const [slot, pid] of before.entries()) {
        process.kill(pid, 'SIGTERM');
        const isNext = (): boolean =>
          primary.snapshot().workers[slot]?.state === 'ready' && pidOf(primary, slot) !== pid;
        await until(isNext, `worker ${slot} is replaced`);
      }
      await areReplaced(before);
    }
    for (let round = 0; round < 2; round++) {
      const before = pids();
      for (const pid of before.slice(1)) process.kill(pid, 'SIGTERM'); // not all, or connections would only wait
      await areReplaced([-1, ...before.slice(1)]);
    }
  });
  t.diagnostic(JSON.stringify(outcomes));
  assert.ok(outcomes.answered > 1_000);
  assert.deepEqual(outcomes.failed, {}, 'none refused, none reset');
  assert.equal(outcomes.hung, 0);
  await until(() => sumOfSlots(primary, (slot) => slot.connections) === 0, 'all connections are closed');
  // Sockets of slots that were without a worker for a while are closed when they have been drained.
  await until(() => openFds().size <= ownFds, `the primary has its ${ownFds} fds`);
  for (const pid of pids()) await until(() => openFds(pid).size === workerFds, `fds of worker ${pid}`);
});

/** One that was free just now. */
async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('stop(): nobody is accepted any more, however long a worker takes to end', async (t) => {
  const primary = await startPrimary(t, {
    app: app('ignores-term.cjs'),
    workers: 2,
    handoff,
    stopTimeoutMs: 3_000,
  });
  const target = { port: portOf(primary), host };
  await ask(target);
  const stopped = primary.stop();
  const isRefused = (): Promise<boolean> =>
    ask(target).then(
      () => false,
      ({ code }: NodeJS.ErrnoException) => code === 'ECONNREFUSED',
    );
  await until(isRefused, 'connections are refused', 2_000);
  assert.ok(primary.snapshot().workers.every(({ state }) => state === 'draining'));
  await stopped;
});

test('apps that close and listen again find their port free', async (t) => {
  const command = startCommand(t, ['--no-metrics', '-w', '2', '--handoff', handoff, app('relistens.cjs')], {
    env: { PORT: String(await freePort()) },
  });
  await command.seen(/(ERRORS .*\n[^]*){2}/, 'stdout');
  assert.deepEqual(command.stdout.match(/^ERRORS .*$/gm), ['ERRORS {}', 'ERRORS {}']);
});

test('another process cannot slip in beside the workers', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 2,
    handoff,
    env: { ...process.env, HOST: host },
  });
  const port = String(portOf(primary));
  const code = `require('net').createServer().on('error', (e) => console.log(e.code)).listen(${port}, '${host}')`;
  const stranger = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(stranger.stdout, 'data')) as [Buffer];
  stranger.kill();
  assert.equal(String(text).trim(), 'EADDRINUSE');
  const second = startCommand(t, ['--no-metrics', '-w', '1', '--handoff', handoff, app('http.cjs')], {
    env: { HOST: host, PORT: port },
  });
  assert.equal((await second.exited).code, 1);
  assert.match(second.stderr, /EADDRINUSE/);
});
