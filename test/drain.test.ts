// Requests under way when their worker is replaced: each is answered, whole, by the worker that has begun it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  beginReload,
  connect,
  connectOne,
  givenBack,
  handoffs,
  startDrainable,
  underWay,
} from './draining.js';
import { until } from './harness.js';

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: a slow request is finished, then its connection goes on elsewhere`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const clients = await connect(primary, 5);
    const ports = clients.map(({ socket }) => socket.localPort);
    const answers = clients.map((client) => client.ask('/when-draining'));
    await underWay(primary, 5);
    const { done, oldPid } = await beginReload(primary);
    for (const { pid } of await Promise.all(answers)) assert.equal(pid, oldPid);
    await done;
    for (const client of clients) assert.notEqual((await client.ask()).pid, oldPid);
    assert.deepEqual(
      clients.map(({ socket }) => socket.localPort),
      ports,
    );
    assert.equal(givenBack(primary), 6);
  });

  test(`handoff of ${handoff}: request bodies that come in pieces are whole`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const bodies = Array.from({ length: 8 }, () => randomBytes(16 << 10));
    const clients = await connect(primary, bodies.length);
    const post = `POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: ${16 << 10}\r\n\r\n`;
    for (const [i, client] of clients.entries()) {
      client.send(post);
      client.send(bodies[i]!.subarray(0, 1000 * i));
    }
    await underWay(primary, clients.length);
    const { done, oldPid } = await beginReload(primary);
    for (let at = 0; at < 16 << 10; at += 1000) {
      for (const [i, client] of clients.entries()) {
        if (at >= 1000 * i) client.send(bodies[i]!.subarray(at, at + 1000));
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const [i, client] of clients.entries()) {
      const answer = await client.answer();
      const sha256 = createHash('sha256').update(bodies[i]!).digest('hex');
      assert.deepEqual(answer, { slot: 0, pid: oldPid, path: '/body', sha256 });
    }
    await done;
    for (const client of clients) assert.notEqual((await client.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a request of which a byte has been read stays`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const [begun, next] = await connect(primary, 2);
    const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    begun!.send(text[0]!);
    // The head of the second request is cut in its first line.
    next!.send(`${text}${text.slice(0, 5)}`);
    const { pid } = await next!.answer();
    const { done, oldPid } = await beginReload(primary);
    assert.equal(pid, oldPid);
    for (const byte of text.slice(1)) {
      begun!.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    next!.send(text.slice(5));
    assert.equal((await begun!.answer()).pid, oldPid);
    assert.equal((await next!.answer()).pid, oldPid);
    await done;
    assert.notEqual((await begun!.ask()).pid, oldPid);
    assert.notEqual((await next!.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a body that goes on after its response is read, then the connection moves`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const client = await connectOne(primary);
    client.send('POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345');
    const { pid } = await client.answer();
    const { done, oldPid } = await beginReload(primary);
    assert.equal(pid, oldPid);
    client.send('67890');
    await until(() => givenBack(primary) === 2, 'it is given back');
    await done;
    assert.notEqual((await client.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a client that waits for 100 Continue gets it`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const [asked, asks] = await connect(primary, 2);
    const head = 'POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n';
    asked!.send(head);
    assert.equal((await asked!.response()).status, 100);
    asks!.send(head.slice(0, -2));
    const { done, oldPid } = await beginReload(primary);
    asks!.send(head.slice(-2));
    assert.equal((await asks!.response()).status, 100);
    for (const client of [asked!, asks!]) {
      client.send('body');
      assert.equal((await client.answer()).pid, oldPid);
    }
    await done;
    assert.notEqual((await asks!.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: pipelined requests are answered in order`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const client = await connectOne(primary);
    const paths = ['/when-draining', '/second', '/third'];
    client.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''));
    await underWay(primary, 3);
    const { done, oldPid } = await beginReload(primary);
    client.send('GET /fourth HTTP/1.1\r\nHost: a\r\n\r\n');
    for (const path of paths) assert.deepEqual(await client.answer(), { slot: 0, pid: oldPid, path });
    assert.equal((await client.answer()).path, '/fourth');
    await done;
    assert.notEqual((await client.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a response that is being streamed is whole`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const client = await connectOne(primary);
    client.send('GET /stream HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 1);
    const { done, oldPid } = await beginReload(primary);
    const { body } = await client.response();
    assert.equal(body.toString(), 'before,piece 5,piece 4,piece 3,piece 2,piece 1,end');
    await done;
    assert.notEqual((await client.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a response that fills all buffers is whole, and only then the connection moves`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const client = await connectOne(primary);
    client.socket.pause();
    client.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await underWay(primary, 1);
    const { done, oldPid } = await beginReload(primary);
    assert.equal(givenBack(primary), 1);
    client.socket.resume();
    const { body } = await client.response();
    assert.ok(body.equals(Buffer.alloc(32 << 20, 'large ')));
    await done;
    assert.equal(givenBack(primary), 2);
    assert.notEqual((await client.ask()).pid, oldPid);
  });

  test(`handoff of ${handoff}: a client that asks to close the connection sees it closed`, async (t) => {
    const primary = await startDrainable(t, 'drains.cjs', { handoff });
    const client = await connectOne(primary);
    client.send('GET /when-draining HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await underWay(primary, 1);
    const { done, oldPid } = await beginReload(primary);
    assert.equal((await client.answer()).pid, oldPid);
    assert.equal(await client.ended(), 'end');
    await done;
    assert.equal(givenBack(primary), 1, 'it was not given back');
  });
}
