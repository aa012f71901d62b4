// examples/express: what its README has you try, under load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, type Answer } from '../client.js';
import { until } from '../harness.js';
import { commandsOf, Example } from './example.js';
import { killUnderLoad, reloadUnderLoad, sum } from './under-load.js';

const [curl = '', reload = '', again = '', status = '', kill = '', restarted = '', ...others] =
  commandsOf('express');

test('Express: a reload loses nothing, and a worker that is killed what it was answering', async (t) => {
  assert.deepEqual(others, []);
  const example = await Example.start(t, 'express');
  const before = await example.pids();
  const first = JSON.parse(await example.run(curl)) as Answer;
  assert.ok(before.includes(first.pid));

  const said = await reloadUnderLoad(example, reload);
  const slow = JSON.parse(/^\{"hello":"at last".*?\}/m.exec(said)?.[0] ?? '{}') as Answer;
  assert.ok(before.includes(slow.pid), 'the worker that began the slow request has answered it');
  const after = await example.pids();
  const next = JSON.parse(await example.run(again)) as Answer;
  assert.ok(after.includes(next.pid) && !before.includes(next.pid));
  const shown = await example.run(status);
  for (const pid of after) assert.match(shown, new RegExp(`\\b${pid}\\b`));

  // Longer than anything here takes: what the killed worker has not begun is still under way afterwards.
  const count = 8;
  const lost: unknown[] = [];
  const leaving = new AbortController();
  const slowOnes = Array.from({ length: count }, () =>
    ask({ ...example.target, path: '/slow/60', signal: leaving.signal }).catch((error: unknown) =>
      lost.push(error),
    ),
  );
  const underWay = async (): Promise<number> =>
    sum((await example.workers()).map(({ requests }) => requests));
  await until(async () => (await underWay()) === count, 'all are under way');
  const victim = (await example.workers()).find(({ requests }) => requests > 0);
  assert.ok(victim && victim.requests < count, 'each worker has some');
  await killUnderLoad(example, kill, victim.pid);
  assert.equal(lost.length, victim.requests);
  leaving.abort();
  await Promise.all(slowOnes);
  assert.match(await example.run(restarted), /slots +2 of 2 ready/);
  await example.stop();
});
