// Workers that are killed in the middle of their work, once a second, while clients open a connection for each request.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask, attempt } from './client.js';
import { app, portOf, startPrimary, sumOfSlots, temporaryDirectory, until } from './harness.js';
import { Journal } from './journal.js';

const workers = 4;
const clients = 32;

interface Figures {
  kills: number;
  answered: number;
  /** Requests whose connection ended without an answer. */
  failed: string[];
  hung: number;
  /** What the killed workers had begun to answer. */
  executing: Set<string>;
}

/** Kills a worker each second while clients ask. `pids`: of the workers that serve now. */
async function killUnderLoad(
  port: number,
  pids: () => number[],
  seconds: number,
  journal: Journal,
): Promise<Figures> {
  const figures: Figures = { kills: 0, answered: 0, failed: [], hung: 0, executing: new Set() };
  const killed: number[] = [];
  const killing = setInterval(() => {
    const serving = pids();
    const pid = serving[killed.length % serving.length];
    if (pid === undefined || serving.length < 2) return;
    killed.push(pid);
    process.kill(pid, 'SIGKILL');
  }, 1_000);
  const end = performance.now() + seconds * 1_000;
  const client = async (id: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const path = `/${id}/${i}`;
      const { kind } = await attempt(port, path);
      if (kind === 'failed') figures.failed.push(path);
      else figures[kind] += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, id) => client(id)));
  clearInterval(killing);
  figures.kills = killed.length;
  for (const pid of killed) for (const path of journal.executing(pid)) figures.executing.add(path);
  return figures;
}

function readyPids(primary: Primary): number[] {
  return primary.snapshot().workers.flatMap(({ state, pid = -1 }) => (state === 'ready' ? [pid] : []));
}

function describe({ kills, answered, failed, hung, executing }: Figures): string {
  return (
    `${kills} workers killed, ${answered} answered, ${failed.length} failed, ${hung} hung; ` +
    `the killed workers were executing ${executing.size}; of the failed they had begun ${failed.length - notBegun(failed, executing)}`
  );
}

function notBegun(failed: string[], executing: Set<string>): number {
  return failed.filter((path) => !executing.has(path)).length;
}

test('a killed worker loses the requests that it was executing, and nothing else', async (t) => {
  const journal = new Journal(temporaryDirectory(t));
  const primary = await startPrimary(t, {
    app: app('journal.cjs'),
    workers,
    stallAfterMs: 20, // the default
    minUptimeMs: 0, // none is to wait, however often it is killed
    env: { ...journal.env, ANSWER_AFTER_MS: '10' },
  });
  const figures = await killUnderLoad(portOf(primary), () => readyPids(primary), 30, journal);
  t.diagnostic(`Baton: ${describe(figures)}`);
  const { listeners } = primary.snapshot();
  const recovered = sumOfSlots(primary, (slot) => slot.recovered);
  const unrecovered = sumOfSlots(primary, (slot) => slot.unrecovered);
  t.diagnostic(
    `taken back from killed workers: ${sumOfSlots(primary, ({ revoked }) => revoked.workerGone)} not claimed, ${recovered} not touched; ` +
      `${unrecovered} they had read, but not yet begun with`,
  );
  assert.ok(figures.kills >= 25);
  assert.ok(figures.answered > 1_000);
  assert.equal(figures.hung, 0);
  // A request is executed from when its bytes are read, of which a killed worker writes nothing down: the kernel tells.
  assert.ok(figures.failed.length <= figures.executing.size + unrecovered, describe(figures));
  assert.ok(notBegun(figures.failed, figures.executing) <= unrecovered, describe(figures));
  // A request is read and begun in one callback of the event loop: a worker dies in the middle of one at most.
  assert.ok(unrecovered <= figures.kills, `${unrecovered} of ${figures.kills}`);
  assert.equal(
    sumOfSlots(primary, ({ claimed }) => claimed),
    (listeners[0]?.accepted ?? NaN) + recovered + sumOfSlots(primary, ({ givenBack }) => givenBack),
  );
});

test('listener handoff: a killed worker loses what it had accepted, and nothing that was queued for it', async (t) => {
  const journal = new Journal(temporaryDirectory(t));
  const primary = await startPrimary(t, {
    app: app('journal.cjs'),
    workers,
    handoff: 'listeners',
    stallAfterMs: 20,
    minUptimeMs: 0,
    env: { ...journal.env, ANSWER_AFTER_MS: '10' },
  });
  const figures = await killUnderLoad(portOf(primary), () => readyPids(primary), 10, journal);
  const { listeners } = primary.snapshot();
  const connections = figures.answered + figures.failed.length + figures.hung;
  const accepted = listeners[0]?.accepted ?? NaN;
  t.diagnostic(
    `Baton, listeners: ${describe(figures)}; of ${connections} connections ${accepted} were accepted, ` +
      `${sumOfSlots(primary, ({ ownAccepted }) => ownAccepted)} of them by workers`,
  );
  assert.ok(figures.kills >= 8 && figures.answered > 1_000);
  assert.equal(figures.hung, 0);
  // What was queued and reset nobody has accepted. A worker dies between accepting and counting of one connection at most.
  assert.ok(
    accepted <= connections && connections - accepted <= figures.kills,
    `${accepted} of ${connections}`,
  );
});

test('a connection that kills its worker before a byte is read is offered to one more, and then closed', async (t) => {
  const file = path.join(temporaryDirectory(t), 'die');
  const primary = await startPrimary(t, {
    app: app('dies-on-connection.cjs'),
    workers: 3,
    env: { ...process.env, DIE: file },
  });
  const target = { port: portOf(primary), host: '127.0.0.1' };
  writeFileSync(file, '');
  await assert.rejects(ask(target), { code: 'ECONNRESET' });
  rmSync(file);
  assert.equal(primary.snapshot().dropped.workersDied, 1);
  assert.equal(
    primary.snapshot().slots.reduce((sum, { recovered }) => sum + recovered, 0),
    2,
  );
  await ask(target);
});

test('while no worker is up, connections wait for the next', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1, env: { HOST: '127.0.0.1' } });
  const [worker] = primary.snapshot().workers;
  assert.ok(worker?.pid !== undefined);
  process.kill(worker.pid, 'SIGKILL');
  await until(() => primary.snapshot().workers[0]?.state !== 'ready', 'it is gone');
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => ask({ port: portOf(primary), host: '127.0.0.1' })),
  );
  for (const { pid } of answers) assert.notEqual(pid, worker.pid);
});
