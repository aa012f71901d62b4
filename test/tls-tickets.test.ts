// TLS session tickets: whose keys are in use.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import type { Primary } from '@baton/core';
import type { Answer } from './client.js';
import { handoffs } from './draining.js';
import { app, portOf, startPrimary, temporaryDirectory, until } from './harness.js';
import { RawClient } from './raw-client.js';

interface Seen {
  slot: number;
  keys: string;
  session: Buffer | undefined;
  resumed: boolean;
}

/** An app whose next version may bring other keys. */
async function start(
  t: TestContext,
  handoff: (typeof handoffs)[number],
  by?: string,
): Promise<{ primary: Primary; bring: (keys?: string) => void }> {
  const file = path.join(temporaryDirectory(t), 'tickets');
  const bring = (keys?: string): void => writeFileSync(file, JSON.stringify({ by: keys && by, keys }));
  bring(by && randomBytes(48).toString('hex'));
  const primary = await startPrimary(t, {
    app: app('https-tickets.cjs'),
    env: { ...process.env, TICKETS: file },
    workers: 2,
    probationMs: 0,
    handoff,
  });
  return { primary, bring };
}

/** One request on a connection of its own. TLS 1.2 has one ticket, which is there with the connection. */
async function ask(primary: Primary, session?: Buffer): Promise<Seen> {
  const socket = tls.connect({
    port: portOf(primary),
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    session,
  });
  await once(socket, 'secureConnect');
  const client = new RawClient(socket);
  const { slot, keys } = (await client.ask()) as Answer & { keys: string };
  const seen = { slot, keys, session: socket.getSession(), resumed: socket.isSessionReused() };
  await client.destroy();
  return seen;
}

/** What is seen of each worker, asked with this session. */
async function askAll(primary: Primary, session?: Buffer): Promise<Seen[]> {
  const bySlot = new Map<number, Seen>();
  await until(async () => {
    const seen = await ask(primary, session);
    bySlot.set(seen.slot, seen);
    return bySlot.size === 2;
  }, 'both workers answer');
  return [...bySlot.values()];
}

for (const handoff of handoffs) {
  for (const by of ['option', 'call']) {
    test(`handoff of ${handoff}: ticket keys that a version sets by ${by} are in use after its reload`, async (t) => {
      const { primary, bring } = await start(t, handoff, by);
      const before = await ask(primary);
      const keys = randomBytes(48).toString('hex');
      bring(keys);
      await primary.reload();
      for (const seen of await askAll(primary, before.session))
        assert.deepEqual([seen.keys, seen.resumed], [keys, false]);
      const { session } = await ask(primary);
      await primary.reload();
      for (const seen of await askAll(primary, session))
        assert.deepEqual([seen.keys, seen.resumed], [keys, true], 'the same keys resume sessions');
      bring();
      await primary.reload();
      const others = await askAll(primary);
      assert.notEqual(others[0]?.keys, keys);
      assert.equal(
        others[0]?.keys,
        others[1]?.keys,
        'keys of Node are shared also where there were none before',
      );
    });
  }

  test(`handoff of ${handoff}: without keys of the app, sessions resume on any worker, before and after a reload`, async (t) => {
    const { primary } = await start(t, handoff);
    const { session } = await ask(primary);
    assert.ok((await askAll(primary, session)).every(({ resumed }) => resumed));
    await primary.reload();
    assert.ok((await askAll(primary, session)).every(({ resumed }) => resumed));
  });
}
