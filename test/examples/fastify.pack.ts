// examples/fastify: what its README has you try, under load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../client.js';
import { commandsOf, Example } from './example.js';
import { killUnderLoad, reloadUnderLoad } from './under-load.js';

const [curl = '', health = '', metrics = '', reload = '', kill = '', status = '', ...others] =
  commandsOf('fastify');

test('Fastify: a reload loses nothing, and a worker that is killed what it was answering', async (t) => {
  assert.deepEqual(others, []);
  const example = await Example.start(t, 'fastify');
  const before = await example.pids();
  const first = JSON.parse(await example.run(curl)) as Answer;
  assert.ok(before.includes(first.pid));
  assert.equal(await example.run(health), 'ready: 2, needed: 1\n');
  assert.match(await example.run(metrics), /route="\/"/);

  await reloadUnderLoad(example, reload);
  const after = await example.pids();
  const next = JSON.parse(await example.run(curl)) as Answer;
  assert.ok(after.includes(next.pid) && !before.includes(next.pid));

  await killUnderLoad(example, kill, next.pid);
  assert.match(await example.run(status), /slots +2 of 2 ready/);
  await example.stop();
});
