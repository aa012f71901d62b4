// A slot whose worker crashes again and again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Primary } from '@baton/core';
import { askWhile } from './client.js';
import { portOf, startPrimary, until } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import { VersionedApp } from './version.js';

const host = '127.0.0.1';
const minUptimeMs = 2_000;

/** What slot 1 has been through. */
class SlotOne {
  /** When its workers were started. */
  readonly starts: number[] = [];
  /** What the status said, at each crash, of when the next one is. */
  readonly pauses: number[] = [];
  readonly #primary: Primary;

  constructor(primary: Primary) {
    this.#primary = primary;
    primary.on('worker', ({ slot, state }) => {
      if (slot !== 1) return;
      if (state === 'starting') this.starts.push(performance.now());
      if (state === 'crashed') this.pauses.push(this.now.restartInMs ?? NaN);
    });
  }

  get now(): ReturnType<Primary['status']>['workers'][number] {
    return this.#primary.status().workers.find(({ slot }) => slot === 1)!;
  }

  kill(): void {
    process.kill(this.now.pid!, 'SIGKILL');
  }
}

test('a slot that crashes at each start waits longer each time, while the other one answers', async (t) => {
  const versioned = new VersionedApp(t);
  const primary = await startPrimary(t, {
    app: versioned.file,
    env: versioned.env,
    workers: 2,
    minUptimeMs,
  });
  const one = new SlotOne(primary);
  versioned.release({ fault: 'throws', slot: 1 });
  one.kill();
  await until(() => one.pauses.length > 0, 'it is gone');
  const target = { port: portOf(primary), host };
  const kept = await keepAskingWhile(target, 4, async () => {
    const fresh = await askWhile(target.port, 4, async () => {
      await until(() => one.pauses.length === 6, 'it was started five times, and has crashed each time');
      versioned.release({});
      assert.equal(one.now.restarts, 5);
      assert.equal(one.now.state, 'crashed');
    });
    assert.deepEqual([fresh.failed, fresh.hung], [{}, 0]);
    assert.ok(fresh.answered > 0);
  });
  assert.deepEqual([kept.failed, kept.reconnected], [{}, 0]);
  assert.deepEqual([...kept.pids], [primary.status().workers[0]?.pid]);

  const documented = [0, 100, 200, 400, 800, 1_600];
  const gaps = one.starts.slice(1).map((at, i) => at - one.starts[i]!);
  for (const [i, gap] of gaps.entries()) assert.ok(gap >= documented[i + 1]!, gaps.join(', '));
  for (const [i, pause] of one.pauses.entries())
    assert.ok(pause <= documented[i]! && pause > documented[i]! - 50, one.pauses.join(', '));

  await until(() => one.now.state === 'ready', 'it is mended, and up');
  assert.deepEqual([one.now.restarts, one.now.restartInMs], [6, undefined]);
  await until(() => one.now.ageMs > minUptimeMs, 'it has lived for long enough');
  one.kill();
  await until(() => one.pauses.length === 7 && one.now.state === 'ready', 'it is back');
  one.kill();
  await until(() => one.pauses.length === 8 && one.now.state === 'ready', 'it is back again');
  one.kill();
  await until(() => one.pauses.length === 9, 'it is gone again');
  const [afterLong, early, earlyAgain] = one.pauses.slice(6);
  assert.ok(afterLong === 0 && early === 0, 'at once');
  assert.ok(earlyAgain! > 50 && earlyAgain! <= 100, `${earlyAgain} ms`);
});
