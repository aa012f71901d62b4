// Connections on which nothing is under way go from worker to worker while others keep all workers busy. Of those that have never sent a
// request Node says, up to 26.3, that they are not idle, and from 26.4 on that they are: they move on each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWhile, type Outcomes } from './client.js';
import { connect, connected, cutOff, givenBack, handoffs, startDrainable } from './draining.js';
import { portOf } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import type { RawClient } from './raw-client.js';

const reloads = 5;
const ofEachKind = 50;

for (const handoff of handoffs)
  for (const [name, app] of [
    ['left to Baton', 'http-keep-alive.cjs'],
    ['that the app closes when it drains', 'closes-when-draining.cjs'],
  ] as const) {
    test(`handoff of ${handoff}, servers ${name}: ${2 * ofEachKind} idle connections of both kinds move under load`, async (t) => {
      const env = { ...process.env, HOST: '127.0.0.1' };
      const primary = await startDrainable(t, app, { handoff, workers: 2, env });
      const silent = await connect(primary, ofEachKind);
      const waiting = await connect(primary, ofEachKind);
      for (const client of waiting) await client.ask();
      await connected(primary, 2 * ofEachKind);
      const old = new Set(primary.snapshot().workers.map(({ pid }) => pid));
      let fresh: Outcomes | undefined;
      const kept = await keepAskingWhile({ port: portOf(primary), host: '127.0.0.1' }, 16, async () => {
        fresh = await askWhile(portOf(primary), 8, async () => {
          for (let i = 0; i < reloads; i++) {
            for (const { pid } of primary.snapshot().workers) old.add(pid);
            await primary.reload();
          }
        });
      });
      t.diagnostic(JSON.stringify({ kept: kept.answered, fresh: fresh?.answered }));
      const ended = (clients: readonly RawClient[]): number => clients.filter(({ over }) => over).length;
      assert.deepEqual([ended(silent), ended(waiting), cutOff(primary)], [0, 0, 0]);
      assert.deepEqual([kept.failed, kept.reconnected, fresh?.failed, fresh?.hung], [{}, 0, {}, 0]);
      assert.ok(kept.answered > 100 && (fresh?.answered ?? 0) > 20, 'there was load');
      assert.ok(givenBack(primary) >= reloads * 2 * ofEachKind);
      for (const client of [...silent, ...waiting])
        assert.ok(!old.has((await client.ask()).pid), 'a worker of the last generation answers');
    });
  }
