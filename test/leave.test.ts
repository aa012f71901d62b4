// How a worker ends that is told to: what its app hears, and in which order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beginReload,
  connect,
  connectOne,
  cutOff,
  exits,
  handoffs,
  notes,
  pidOf,
  startDrainable,
  underWay,
} from './draining.js';
import { isAlive, until } from './harness.js';

const request = 'GET /when-draining HTTP/1.1\r\nHost: a\r\n\r\n';

const byTerm = { code: null, signal: 'SIGTERM' };

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: an app hears SIGTERM once, when its requests are answered`, async (t) => {
    const { env, of } = notes(t);
    const primary = await startDrainable(t, 'hears-term.cjs', { handoff, env });
    const before = pidOf(primary);
    const client = await connectOne(primary);
    client.send(request);
    await underWay(primary, 1);
    await primary.reload();
    assert.equal((await client.answer()).pid, before);
    assert.deepEqual(of(before), ['draining', 'answered', 'TERM']);
    await primary.stop(); // while there is a file for notes
  });

  test(`handoff of ${handoff}: an app that closes its server when it hears of the drain loses nothing`, async (t) => {
    const primary = await startDrainable(t, 'closes-when-draining.cjs', { handoff });
    const [busy, idle, fresh] = await connect(primary, 3);
    assert.equal((await idle!.ask()).pid, pidOf(primary));
    const slow = busy!.ask('/when-draining');
    await underWay(primary, 1);
    const before = pidOf(primary);
    await primary.reload();
    assert.equal((await slow).pid, before);
    for (const client of [busy!, idle!, fresh!]) assert.equal((await client.ask()).pid, pidOf(primary));
    assert.equal(cutOff(primary), 0);
  });

  test(`handoff of ${handoff}: stop() lets an app without a SIGTERM handler answer first`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff, stopTimeoutMs: 20_000 });
    const ended = exits(primary);
    const pid = pidOf(primary);
    const [busy, idle, pipelines] = await connect(primary, 3);
    await idle!.ask();
    busy!.send(request);
    pipelines!.send(`${request}GET /second HTTP/1.1\r\nHost: a\r\n\r\n`);
    await underWay(primary, 3);
    const stopped = primary.stop();
    const { headers, body } = await busy!.response();
    assert.equal((JSON.parse(body.toString()) as { pid: number }).pid, pid);
    assert.equal(headers.get('connection'), 'close');
    assert.equal((await pipelines!.answer()).path, '/when-draining');
    assert.equal((await pipelines!.answer()).path, '/second');
    for (const client of [busy!, idle!, pipelines!]) assert.equal(await client.ended(), 'end');
    await stopped;
    assert.deepEqual(ended.get(pid), byTerm);
  });

  test(`handoff of ${handoff}: stop() sends SIGTERM at once to an app that handles it`, async (t) => {
    const { env, of } = notes(t);
    const primary = await startDrainable(t, 'hears-term.cjs', { handoff, env });
    const client = await connectOne(primary);
    client.send(request);
    await underWay(primary, 1);
    await primary.stop({ delayMs: 0 });
    assert.deepEqual(of(pidOf(primary, 'stopped')), ['TERM', 'draining', 'answered']);
    assert.equal((await client.answer()).path, '/when-draining');
  });
}

test('a stop during a reload ends the worker that drains, too', async (t) => {
  const { env, of } = notes(t);
  const options = { env, drainTimeoutMs: 60_000, stopTimeoutMs: 4_000 };
  const primary = await startDrainable(t, 'hears-term.cjs', options);
  const ended = exits(primary);
  const stuck = await connectOne(primary);
  // Its body never comes.
  stuck.send('POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n');
  await underWay(primary, 1);
  const { done, oldPid } = await beginReload(primary);
  const stopped = assert.rejects(done, { code: 'BATON_STOPPED' });
  await primary.stop();
  await stopped;
  assert.notEqual(await stuck.ended(), undefined);
  assert.deepEqual(ended.get(oldPid), { code: 0, signal: null }, 'it has ended itself');
  assert.equal(of(oldPid).filter((what) => what === 'TERM').length, 1);
  assert.equal(of(oldPid).filter((what) => what === 'draining').length, 1);
});

test('a stop while a new worker comes up ends the reload', async (t) => {
  const primary = await startDrainable(t, 'never-again.cjs', { stopTimeoutMs: 20_000 });
  const ended = exits(primary);
  const done = assert.rejects(primary.reload(), { code: 'BATON_STOPPED' });
  const isStarting = (): boolean => primary.snapshot().workers.some(({ state }) => state === 'starting');
  await until(isStarting, 'the new worker comes up');
  const pids = primary.snapshot().workers.map(({ pid }) => pid!);
  await primary.stop();
  await done;
  assert.deepEqual(pids.filter(isAlive), []);
  for (const exit of ended.values()) assert.deepEqual(exit, byTerm);
  assert.equal(ended.size, 2);
});

test('a reload whose new worker does not come up in time fails, and the old one goes on', async (t) => {
  const primary = await startDrainable(t, 'never-again.cjs', { readyTimeoutMs: 300 });
  const client = await connectOne(primary);
  const { pid } = await client.ask();
  await assert.rejects(primary.reload(), { code: 'BATON_RELOAD_FAILED', message: /not ready within 300 ms/ });
  assert.equal((await client.ask()).pid, pid);
  assert.equal(pidOf(primary), pid);
});
