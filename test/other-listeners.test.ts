// Releases that listen elsewhere than the one before, and what crashed workers leave of their listeners.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { ask } from './client.js';
import { startPrimary, until } from './harness.js';
import { keepAskingWhile } from './keep-alive.js';
import { VersionedApp } from './version.js';

const [first, second, third] = ['127.0.0.1', '127.0.0.2', '127.0.0.3'] as const;

async function start(
  t: TestContext,
  hosts: string[],
  options: Omit<PrimaryOptions, 'app'>,
): Promise<{ versioned: VersionedApp; primary: Primary }> {
  const versioned = new VersionedApp(t, { hosts });
  const primary = await startPrimary(t, { ...options, app: versioned.file, env: versioned.env });
  return { versioned, primary };
}

function hostsOf(primary: Primary): string[] {
  return primary.addresses.map(({ address }) => address);
}

function portOn(primary: Primary, host: string): number {
  const found = primary.addresses.find(({ address }) => address === host);
  assert.ok(found);
  return found.port;
}

async function killed(primary: Primary, slot: number): Promise<void> {
  const worker = primary.snapshot().workers.find((one) => one.slot === slot);
  assert.ok(worker?.pid !== undefined);
  process.kill(worker.pid, 'SIGKILL');
  const isGone = (): boolean => primary.snapshot().workers[slot]?.pid !== worker.pid;
  await until(isGone, 'another is started in its place');
}

async function untilReady(primary: Primary): Promise<void> {
  await until(() => primary.snapshot().workers.every(({ state }) => state === 'ready'), 'all are ready');
}

for (const handoff of ['connections', 'listeners'] as const) {
  test(`handoff of ${handoff}: a release may listen on one address less, and on another`, async (t) => {
    const { versioned, primary } = await start(t, [first, second], { workers: 2, handoff, probationMs: 50 });
    const kept = { host: first, port: portOn(primary, first) };
    const dropped = { host: second, port: portOn(primary, second) };
    const seen = await keepAskingWhile(kept, 16, async () => {
      versioned.release({ hosts: [first] });
      let asked: Promise<unknown> | undefined;
      primary.on('worker', ({ slot, generation, state }) => {
        // Slot 1 has its old worker still.
        if (slot === 1 && generation === 2 && state === 'starting') asked = ask(dropped);
      });
      assert.equal((await primary.reload()).workers, 2);
      await asked;
      assert.ok(asked !== undefined, 'the old address was served until its last worker went');
      assert.deepEqual(hostsOf(primary), [first]);
      await assert.rejects(ask(dropped), { code: 'ECONNREFUSED' });

      versioned.release({ hosts: [first, third] });
      await primary.reload();
      assert.deepEqual(hostsOf(primary), [first, third]);
      await ask({ host: third, port: portOn(primary, third) });
    });
    assert.deepEqual([seen.failed, seen.reconnected], [{}, 0]);
    assert.equal(portOn(primary, first), kept.port);
  });

  for (const workers of [1, 2]) {
    test(`handoff of ${handoff}, ${workers} at work: what the successor of a crashed one does not want is closed at the next reload`, async (t) => {
      const { versioned, primary } = await start(t, [first, second], { workers, handoff, probationMs: 0 });
      versioned.release({ hosts: [first] });
      await killed(primary, 0);
      await untilReady(primary);
      assert.deepEqual(hostsOf(primary), [first, second], 'it may be wanted again');
      await primary.reload();
      assert.deepEqual(hostsOf(primary), [first]);
    });
  }

  test(`handoff of ${handoff}: the same, where a crashed worker is replaced before it is back`, async (t) => {
    const { versioned, primary } = await start(t, [first, second], { workers: 1, handoff, probationMs: 0 });
    await crashLoop(primary, versioned, 0, 300);
    versioned.release({ hosts: [first] });
    await primary.reload();
    assert.deepEqual(hostsOf(primary), [first]);
  });

  test(`handoff of ${handoff}: what a crashed worker left goes with its slot`, async (t) => {
    const { versioned, primary } = await start(t, [first, second], { workers: 2, handoff, probationMs: 0 });
    await crashLoop(primary, versioned, 1, 300);
    await primary.scale(1);
    versioned.release({ hosts: [first] });
    await primary.reload();
    assert.deepEqual(hostsOf(primary), [first]);
  });
}

test('listeners wait for a crashed worker, though another has failed to take its place', async (t) => {
  const { versioned, primary } = await start(t, [first], { workers: 1, probationMs: 2_000 });
  const { port } = primary.addresses[0]!;
  await crashLoop(primary, versioned, 0, 1_200);
  versioned.release({ fault: 'crashes' });
  await assert.rejects(primary.reload(), { code: 'BATON_RELOAD_FAILED', message: /during its probation/ });
  versioned.release({});
  await untilReady(primary);
  assert.deepEqual(
    primary.addresses.map((address) => address.port),
    [port],
  );
  await ask({ host: first, port });
});

/** Has the slot's worker crash until its restart is so far off. */
async function crashLoop(
  primary: Primary,
  versioned: VersionedApp,
  slot: number,
  pauseMs: number,
): Promise<void> {
  versioned.release({ fault: 'throws' });
  await killed(primary, slot);
  const isFarOff = (): boolean => (primary.snapshot().workers[slot]?.restartInMs ?? 0) > pauseMs;
  await until(isFarOff, 'it waits for long');
}
