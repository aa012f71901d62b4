// Connections on which nothing is under way go from worker to worker, and no client notices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checksFds,
  connect,
  connected,
  connectOne,
  cutOff,
  givenBack,
  handoffs,
  pidOf,
  startDrainable,
  underWay,
} from './draining.js';
import { until } from './harness.js';

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: connections without a byte are answered by the next worker`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const before = pidOf(primary);
    const clients = await connect(primary, 10);
    await connected(primary, 10);
    await primary.reload();
    for (const client of clients) assert.notEqual((await client.ask()).pid, before);
    assert.deepEqual([givenBack(primary), cutOff(primary)], [10, 0]);
  });

  test(`handoff of ${handoff}: of a net.Server, those without a byte move, others stay until they end`, async (t) => {
    const primary = await startDrainable(t, 'net-echo.cjs', { handoff });
    const before = pidOf(primary);
    const [used, fresh] = await connect(primary, 2);
    used!.send('1');
    const echo = `${before}:1`;
    assert.equal((await used!.read(echo.length)).toString(), echo);
    await connected(primary, 2);
    const done = primary.reload();
    await until(() => givenBack(primary) === 1, 'one is given back');
    const after = pidOf(primary);
    for (const [client, pid] of [
      [fresh!, after],
      [used!, before],
    ] as const) {
      const echo = `${pid}:2`;
      client.send('2');
      assert.equal((await client.read(echo.length)).toString(), echo);
    }
    assert.notEqual(before, after);
    used!.socket.end();
    await done;
    assert.deepEqual([givenBack(primary), cutOff(primary)], [1, 0]);
  });

  test(`handoff of ${handoff}: connections that the app has unref()ed move too, and are waited for`, async (t) => {
    const primary = await startDrainable(t, 'unrefs.cjs', { handoff, drainTimeoutMs: 20_000 });
    const before = pidOf(primary);
    const fresh = await connect(primary, 6);
    const others = await connect(primary, 6, { listener: 1 });
    const [busy] = await connect(primary, 1);
    busy!.send('GET /when-draining HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 1);
    await connected(primary, 13);
    await primary.reload();
    assert.equal((await busy!.answer()).pid, before);
    for (const client of [busy!, ...fresh]) assert.equal((await client.ask()).pid, pidOf(primary));
    for (const client of others) {
      const echo = `${pidOf(primary)}:1`;
      client.send('1');
      assert.equal((await client.read(echo.length)).toString(), echo);
    }
    assert.deepEqual([givenBack(primary), cutOff(primary)], [13, 0]);
  });

  test(`handoff of ${handoff}: for a connection that moves the app's own class of requests is not used`, async (t) => {
    const primary = await startDrainable(t, 'own-requests.cjs', { handoff });
    const client = await connectOne(primary);
    await client.ask();
    await primary.reload();
    const { pid, made, isOwn } = (await client.ask()) as Awaited<ReturnType<typeof client.ask>> & {
      made: number;
      isOwn: boolean;
    };
    assert.deepEqual([pid, made, isOwn], [pidOf(primary), 1, true]);
  });

  test(`handoff of ${handoff}: a connection moves at each reload, used in between or not`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const [used, idle] = await connect(primary, 2);
    await used!.ask();
    await idle!.ask();
    for (let generation = 2; generation <= 5; generation++) {
      await primary.reload();
      assert.equal((await used!.ask()).pid, pidOf(primary));
      assert.equal(givenBack(primary), 2 * (generation - 1));
    }
    assert.equal((await idle!.ask()).pid, pidOf(primary));
  });

  test(`handoff of ${handoff}: clients that leave while a worker drains leave nothing behind`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    await checksFds(primary, [process.pid], async () => {
      const clients = await connect(primary, 12, { allowHalfOpen: true });
      for (const client of clients.slice(0, 8)) await client.ask();
      await connected(primary, 12);
      const before = pidOf(primary);
      // So that it hears of what clients do together with the order to drain.
      process.kill(before, 'SIGSTOP');
      const done = primary.reload();
      await until(() => primary.snapshot().workers.some(({ state }) => state === 'draining'), 'one drains');
      for (const [i, { socket }] of clients.entries()) {
        if (i % 3 === 0) socket.end();
        if (i % 3 === 1) socket.resetAndDestroy();
      }
      process.kill(before, 'SIGCONT');
      await done;
      for (const [i, client] of clients.entries()) {
        if (i % 3 === 0) assert.equal(await client.ended(), 'end');
        if (i % 3 === 2) assert.notEqual((await client.ask()).pid, before);
        client.socket.destroy();
      }
      assert.equal(cutOff(primary), 0);
    });
  });

  test(`handoff of ${handoff}: clients that leave while their connection is on the way leave nothing behind`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    await checksFds(primary, [process.pid], async () => {
      const clients = await connect(primary, 12, { allowHalfOpen: true });
      for (const client of clients.slice(0, 8)) await client.ask();
      await connected(primary, 12);
      // The new worker takes nothing yet.
      primary.on('worker', ({ state, generation }) => {
        if (state === 'draining' && generation === 1) process.kill(pidOf(primary), 'SIGSTOP');
      });
      await primary.reload();
      assert.equal(givenBack(primary), 12);
      for (const [i, { socket }] of clients.entries()) {
        if (i % 3 === 0) socket.end();
        if (i % 3 === 1) socket.resetAndDestroy();
      }
      const stay = clients.filter((_, i) => i % 3 === 2);
      const answers = stay.map((client) => client.ask());
      process.kill(pidOf(primary), 'SIGCONT');
      for (const { pid } of await Promise.all(answers)) assert.equal(pid, pidOf(primary));
      for (const [i, client] of clients.entries()) {
        if (i % 3 === 0) assert.equal(await client.ended(), 'end');
        client.socket.destroy();
      }
    });
  });

  test(`handoff of ${handoff}: a new worker that takes fewer connections gets the others when it has room`, async (t) => {
    const primary = await startDrainable(t, 'few-connections.cjs', { handoff });
    const clients = await connect(primary, 5);
    for (const client of clients) await client.ask();
    await primary.reload();
    await connected(primary, 1);
    assert.equal(givenBack(primary), 5);
    const left = new Map(
      clients.map((client) => [client, client.ask().then((answer) => ({ client, answer }))]),
    );
    while (left.size > 0) {
      const { client, answer } = await Promise.race(left.values());
      assert.equal(answer.pid, pidOf(primary));
      left.delete(client);
      await client.destroy();
    }
  });

  test(`handoff of ${handoff}: of three workers one stays, with all 500 connections`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff, workers: 3 });
    const pids = primary.snapshot().workers.map(({ pid }) => pid);
    const stays = pids[0]!;
    await checksFds(primary, [stays, process.pid], async () => {
      const clients = await connect(primary, 500);
      const before = await Promise.all(clients.map((client) => client.ask()));
      const moving = before.filter(({ pid }) => pid !== stays).length;
      assert.ok(moving > 0);
      await primary.scale(1);
      const after = await Promise.all(clients.map((client) => client.ask()));
      assert.deepEqual(new Set(after.map(({ pid }) => pid)), new Set([stays]));
      // Some move twice: to the other worker that goes, before it is told so.
      assert.ok(givenBack(primary) >= moving);
      await connected(primary, 500);
      for (const { socket } of clients) socket.destroy();
    });
    assert.equal(primary.snapshot().workers.length, 1);
  });
}
