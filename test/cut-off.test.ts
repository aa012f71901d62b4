// What a worker had not ended when its time to drain was over: how many connections, and of which kind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { test } from 'node:test';
import type { CutOff, WorkerInfo } from '@baton/core';
import { connectOne, cutOff, handoffs, pidOf, startDrainable, underWay } from './draining.js';
import { until } from './harness.js';

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: connections that are cut off are told by kind, of their worker`, async (t) => {
    const primary = await startDrainable(t, 'never-ends.cjs', { handoff, drainTimeoutMs: 1_000 });
    await until(() => primary.addresses.length === 4, 'all servers listen');
    const pid = pidOf(primary);
    const never = 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n';
    for (const listener of [0, 1]) {
      const client = await connectOne(primary, { listener, useTls: listener === 1 });
      client.send(never);
    }
    const upgraded = await connectOne(primary);
    upgraded.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    assert.equal((await upgraded.response()).status, 101);
    const begun = await connectOne(primary);
    await begun.ask();
    begun.send('GET / HT');
    const idleOverTls = await connectOne(primary, { listener: 1, useTls: true });
    await idleOverTls.ask();
    const session = http2.connect(`http://127.0.0.1:${primary.addresses[2]?.port}`);
    t.after(() => session.destroy());
    session.on('error', () => {});
    session
      .request({ ':path': '/never' })
      .on('error', () => {})
      .resume();
    const raw = await connectOne(primary, { listener: 3 });
    raw.send('hello');
    await raw.read(5);
    await underWay(primary, 3);

    const told = once(primary, 'cutOff') as Promise<[WorkerInfo, CutOff]>;
    await primary.reload();
    const [worker, cut] = await told;
    assert.deepEqual([worker.slot, worker.pid, worker.generation], [0, pid, 1]);
    assert.deepEqual(cut, {
      connections: 7,
      kinds: { requests: 2, upgraded: 1, idle: 1, tls: 1, http2: 1, other: 1 },
    });
    assert.equal(cutOff(primary), 7);
  });
}
