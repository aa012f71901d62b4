// Connections that were upgraded, as to WebSocket: the app is told of the drain, and those that last are cut off in the end.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { connect, cutOff, givenBack, handoffs, pidOf, startDrainable } from './draining.js';
import { isAlive, temporaryDirectory, until } from './harness.js';
import type { RawClient } from './raw-client.js';

async function upgrade(client: RawClient, url: string): Promise<void> {
  client.send(`GET ${url} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  assert.equal((await client.response()).status, 101);
}

async function readText(client: RawClient, text: string): Promise<void> {
  assert.equal((await client.read(text.length)).toString(), text);
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: an app that ends its upgraded connections when told so ends at once`, async (t) => {
    const primary = await startDrainable(t, 'upgrades.cjs', { handoff, drainTimeoutMs: 20_000 });
    const before = pidOf(primary);
    const clients = await connect(primary, 3);
    for (const client of clients) await upgrade(client, '/polite');
    await primary.reload();
    assert.ok(!isAlive(before));
    for (const client of clients) {
      await readText(client, 'draining true 20000\n');
      assert.equal(await client.ended(), 'end');
    }
    assert.deepEqual([givenBack(primary), cutOff(primary)], [0, 0]);
  });

  test(`handoff of ${handoff}: what an app destroys in a drain ends, unless it waits for a next request`, async (t) => {
    const primary = await startDrainable(t, 'destroys-when-draining.cjs', {
      handoff,
      drainTimeoutMs: 20_000,
    });
    const [upgraded, half, idle] = await connect(primary, 3);
    await upgrade(upgraded!, '/');
    await idle!.ask();
    await half!.ask();
    half!.send('GET / HTTP/1.1\r\nHos');
    await idle!.ask(); // so that the half has come
    await primary.reload();
    assert.equal(await upgraded!.ended(), 'end');
    assert.notEqual(await half!.ended(), undefined);
    assert.equal((await idle!.ask()).pid, pidOf(primary));
    assert.equal(givenBack(primary), 1);
  });

  for (const hearsTerm of [false, true]) {
    test(`handoff of ${handoff}: upgraded connections of an app ${hearsTerm ? 'with' : 'without'} a SIGTERM handler are cut off in the end`, async (t) => {
      const log = path.join(temporaryDirectory(t), 'log');
      const env = { ...process.env, ...(hearsTerm ? { LOG: log } : {}) };
      const options = { handoff, drainTimeoutMs: 500, stopTimeoutMs: 60_000, env };
      const primary = await startDrainable(t, 'upgrades.cjs', options);
      const before = pidOf(primary);
      const clients = await connect(primary, 3);
      // One was idle in between: it had a time limit then.
      await clients[0]!.ask();
      for (const client of clients) await upgrade(client, '/stays');
      const done = primary.reload();
      for (const client of clients) {
        await readText(client, 'draining true 500\n');
        client.send('still there');
        await readText(client, 'still there');
      }
      await done;
      const after = pidOf(primary);
      assert.ok(!isAlive(before));
      for (const client of clients) assert.notEqual(await client.ended(), undefined);
      await until(() => cutOff(primary) === 3, 'they are counted');
      assert.equal(givenBack(primary), 0);
      await primary.stop();
      if (hearsTerm) assert.equal(readFileSync(log, 'utf8'), `${before} TERM\n${after} TERM\n`);
    });
  }
}
