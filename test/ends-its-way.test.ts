// An app ends as it does alone: the server is there for the app to close, and nothing of Baton's is in its way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, exits, handoffs, notes, pidOf, startDrainable } from './draining.js';

const seen = ['listening', 'address'];
const exited = (code: number): object => ({ code, signal: null });
const byTerm = { code: null, signal: 'SIGTERM' };

/** What the app notes at a reload, and how it ends then. At a stop both are the same, except where that is said. */
const ways: Record<string, { notes: string[]; exit: object; atStop?: { notes: string[]; exit: object } }> = {
  promisified: { notes: [...seen, 'close', 'clean'], exit: exited(7) },
  asyncDispose: { notes: [...seen, 'close', 'clean'], exit: exited(7) },
  'all connections': { notes: [...seen, 'close', 'clean'], exit: exited(7) },
  'no exit': { notes: [...seen, 'close', 'clean'], exit: exited(0) },
  draining: {
    notes: [...seen, 'close', 'clean'],
    exit: exited(0),
    atStop: { notes: [...seen, 'close', 'clean'], exit: byTerm },
  },
  whenDrained: {
    notes: [...seen, 'close', 'clean'],
    exit: exited(0),
    atStop: { notes: [...seen, 'close', 'clean'], exit: byTerm },
  },
  // As terminus does.
  'sends it again': { notes: [...seen, 'close', 'clean'], exit: byTerm },
  'sends it by a thread': { notes: [...seen, 'close', 'clean'], exit: byTerm },
  // As PM2 has taught.
  'SIGINT alone': { notes: [...seen, 'close', 'clean'], exit: exited(7) },
  // As a library does that only writes out what it has.
  'ends nothing': { notes: seen, exit: exited(0) },
  'signal-exit': { notes: [...seen, 'alone'], exit: byTerm },
  // Alone, SIGTERM ends it without.
  'exit hook': { notes: ['exit-0'], exit: exited(0), atStop: { notes: [], exit: byTerm } },
};

for (const handoff of handoffs) {
  for (const [way, atReload] of Object.entries(ways)) {
    test(`handoff of ${handoff}: ${way}, at a reload and a stop`, async (t) => {
      const log = notes(t);
      const primary = await startDrainable(t, 'ends-its-way.cjs', {
        handoff,
        stopDelayMs: 100,
        env: { ...log.env, WAY: way },
      });
      const ended = exits(primary);
      const [old] = [pidOf(primary)];
      await primary.reload();
      const current = pidOf(primary);
      await primary.stop();
      assert.deepEqual([log.of(old), ended.get(old)], [atReload.notes, atReload.exit], 'at the reload');
      const { notes: noted, exit } = atReload.atStop ?? atReload;
      assert.deepEqual([log.of(current), ended.get(current)], [noted, exit], 'at the stop');
    });
  }

  test(`handoff of ${handoff}: what an app closes that could move does move`, async (t) => {
    const log = notes(t);
    const primary = await startDrainable(t, 'ends-its-way.cjs', {
      handoff,
      env: { ...log.env, WAY: 'draining' },
    });
    // More than there is room for in the channel at once.
    const clients = await connect(primary, 600);
    for (const client of clients) await client.ask();
    await primary.reload();
    for (const client of clients) assert.equal((await client.ask()).pid, pidOf(primary));
  });
}
