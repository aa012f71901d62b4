// Workers that grow too large or too old are replaced, one at a time.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { ask } from './client.js';
import { app, portOf, startPrimary, until } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import { VersionedApp } from './version.js';

const host = '127.0.0.1';

/** How many workers of all slots lived at a time, at most. */
function mostAtATime(primary: Primary): () => number {
  const living = new Set(primary.snapshot().workers.map(({ id }) => id));
  let most = living.size;
  primary.on('worker', ({ id, state }) => {
    if (state === 'stopped' || state === 'crashed') living.delete(id);
    else living.add(id);
    most = Math.max(most, living.size);
  });
  return () => most;
}

function counted(primary: Primary, reason: 'maxMemory' | 'maxAge'): number[] {
  return primary.snapshot().counts.map(({ restarts }) => restarts[reason]);
}

test('workers that have grown are replaced, one after the other, and no client notices', async (t) => {
  const primary = await startPrimary(t, {
    app: app('grows.cjs'),
    workers: 2,
    policy: 'round-robin',
    maxMemoryBytes: 200 * 1024 * 1024,
    probationMs: 100,
  });
  const before = primary.snapshot().workers;
  const most = mostAtATime(primary);
  const told: [slot: number, ...unknown[]][] = [];
  primary.on('recycle', ({ slot, pid }, reason, error) => told.push([slot, pid, reason, error]));
  const target = { host, port: portOf(primary) };
  const seen = await keepAskingWhile(target, 8, async () => {
    const grown = await Promise.all([ask({ ...target, path: '/grow' }), ask({ ...target, path: '/grow' })]);
    assert.deepEqual(new Set(grown.map(({ pid }) => pid)), new Set(before.map(({ pid }) => pid)));
    await until(() => told.length === 2, 'both are replaced');
  });
  assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
  assert.deepEqual(
    told.toSorted(([one], [other]) => one - other),
    before.map(({ slot, pid }) => [slot, pid, 'maxMemory', undefined]),
  );
  assert.deepEqual(counted(primary, 'maxMemory'), [1, 1]);
  assert.equal(most(), 3);
  assert.ok(
    primary.status().workers.every(({ residentBytes = Infinity }) => residentBytes < 200 * 1024 * 1024),
  );
});

test('workers that are too old are replaced one at a time, a reload and all, and no client notices', async (t) => {
  const primary = await startPrimary(t, {
    app: app('http.cjs'),
    workers: 3,
    maxAgeMs: 1_000,
    probationMs: 50,
    env: { ...process.env, HOST: host },
  });
  const most = mostAtATime(primary);
  const seen = await keepAskingWhile({ host, port: portOf(primary) }, 8, async () => {
    await once(primary, 'recycle');
    assert.equal((await primary.reload()).workers, 3);
    const before = counted(primary, 'maxAge');
    const isOlder = (slot: number): boolean => counted(primary, 'maxAge')[slot]! > before[slot]!;
    await until(() => [0, 1, 2].every(isOlder), 'each is too old once more');
  });
  assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
  assert.equal(most(), 4);
});

test('a worker whose successor fails stays', async (t) => {
  const versioned = new VersionedApp(t);
  const primary = await startPrimary(t, {
    app: versioned.file,
    env: versioned.env,
    workers: 2,
    maxAgeMs: 1_000,
    probationMs: 50,
  });
  const before = primary.snapshot().workers;
  const told: unknown[] = [];
  primary.on('recycle', ({ slot }, reason, error) => told.push([slot, reason, error?.message]));
  versioned.release({ fault: 'exits' });
  await until(() => told.length === 2, 'both are too old');
  assert.deepEqual(primary.snapshot().workers, before);
  assert.deepEqual(counted(primary, 'maxAge'), [0, 0]);
  for (const [slot, { pid }] of before.entries()) {
    const [said, reason, message] = told[slot] as [number, string, string];
    assert.deepEqual([said, reason], [slot, 'maxAge']);
    assert.match(
      message,
      new RegExp(`^The new worker ${slot} \\(pid \\d+\\) ended with code 0 before it was ready\\.$`),
    );
    assert.doesNotMatch(message, new RegExp(`pid ${pid}\\)`));
  }
});
