// Connections that other workers have answered before keep the limits that their clients know.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerExit } from '@baton/core';
import { connect, connectOne, handoffs, pidOf, startDrainable } from './draining.js';

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: a connection that has moved may be idle as long as any other`, async (t) => {
    const primary = await startDrainable(t, 'short-limits.cjs', { handoff });
    const before = pidOf(primary);
    const [idle, slow, late, used] = await connect(primary, 4);
    for (const client of [idle!, slow!, late!, used!]) assert.equal((await client.ask()).pid, before);
    await primary.reload();
    const after = pidOf(primary);
    const slowly = slow!.ask('/slow');
    const movedAt = performance.now();
    assert.equal((await used!.ask()).pid, after);

    // What another client does not ask for in time is answered with 408; by then, the others are not late.
    const fresh = await connectOne(primary);
    assert.equal((await fresh.response()).status, 408);
    assert.equal((await late!.ask()).pid, after);

    for (const client of [idle!, used!, late!]) assert.equal(await client.ended(), 'end');
    assert.ok(performance.now() - movedAt > 1_000, 'not too early');
    assert.equal(idle!.socket.bytesRead, late!.socket.bytesRead / 2, 'and without a word');
    assert.equal((await slowly).pid, after, 'a request has no such limit');
  });

  test(`handoff of ${handoff}: each worker counts the requests of a connection for itself`, async (t) => {
    const primary = await startDrainable(t, 'few-requests.cjs', { handoff });
    const client = await connectOne(primary);
    for (let i = 0; i < 2; i++) assert.equal((await client.ask()).pid, pidOf(primary));
    await primary.reload();
    for (let i = 0; i < 2; i++) assert.equal((await client.ask()).pid, pidOf(primary));
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal((await client.response()).headers.get('connection'), 'close');
  });

  for (const [framework, keepAliveTimeout] of [
    ['fastify', 72_000],
    ['express', 5_000],
  ] as const) {
    test(`handoff of ${handoff}: ${framework}'s own limit counts, and its close() ends a connection that has moved`, async (t) => {
      const primary = await startDrainable(t, `${framework}-closes.mjs`, { handoff, stopTimeoutMs: 20_000 });
      const exits: (WorkerExit | undefined)[] = [];
      primary.on('worker', (_, { exit }) => {
        if (exit) exits.push(exit);
      });
      const [idle, asks] = await connect(primary, 2);
      await idle!.ask();
      await primary.reload();
      const { limits } = (await asks!.ask('/limits')) as unknown as { limits: number[] };
      // As long as Node adds to what it tells the client, so that the client is not surprised.
      assert.ok(limits.includes(keepAliveTimeout + 1_000), limits.join());
      await primary.stop();
      const byItself = { code: 0, signal: null };
      assert.deepEqual(exits, [byItself, byItself]);
      assert.equal(await idle!.ended(), 'end');
    });
  }
}
