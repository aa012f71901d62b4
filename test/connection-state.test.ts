// Apps that know something of a connection: the next worker does not, so such a connection ends where it is, and nobody fails.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Primary, PrimaryOptions } from '@baton/core';
import { withClients } from './client.js';
import {
  connect,
  connected,
  connectOne,
  cutOff,
  givenBack,
  handoffs,
  pidOf,
  startDrainable,
} from './draining.js';
import { portOf, until } from './harness.js';
import { RawClient, type RawResponse } from './raw-client.js';

const line = 'PROXY TCP4 192.0.2.7 192.0.2.1 40000 80\r\n';
const request = (path = '/', headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const bodyOf = ({ body }: RawResponse): unknown => JSON.parse(body.toString());

/** A primary of the app, of whose workers none may crash. */
async function start(t: TestContext, name: string, options: Omit<PrimaryOptions, 'app'>): Promise<Primary> {
  const primary = await startDrainable(t, name, options);
  const crashed: unknown[] = [];
  primary.on('worker', ({ state, pid }, details) => {
    if (state === 'crashed') crashed.push({ pid, ...details });
  });
  t.after(() => assert.deepEqual(crashed, []));
  return primary;
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: behind the PROXY protocol no request fails at reloads under load`, async (t) => {
    const primary = await start(t, 'proxy-protocol.cjs', { handoff, workers: 2 });
    const port = portOf(primary);
    const pids = new Set<number>();
    let reconnected = 0;
    const client = async (isDone: () => boolean): Promise<void> => {
      let connection: RawClient | undefined;
      while (!isDone()) {
        if (connection === undefined) {
          connection = await RawClient.connect(port);
          connection.send(line);
        }
        connection.send(request());
        const response = await connection.response();
        const { pid, ...rest } = bodyOf(response) as { pid: number; slot: number };
        assert.deepEqual(rest, { slot: rest.slot, path: '/', client: '192.0.2.7' });
        pids.add(pid);
        if (response.headers.get('connection') !== 'close') continue;
        assert.equal(await connection.ended(), 'end');
        reconnected += 1;
        connection = undefined;
      }
      connection?.socket.destroy();
    };
    await withClients(16, client, async () => {
      for (let i = 0; i < 3; i++) await primary.reload();
    });
    assert.ok(pids.size >= 4, 'of each generation one has answered');
    assert.ok(reconnected >= 16, `${reconnected} connections ended`);
    // One that is opened as its worker is told to end may move, untouched.
    assert.equal(cutOff(primary), 0);
  });

  test(`handoff of ${handoff}: behind the PROXY protocol connections end with the next answer, and untouched ones move`, async (t) => {
    const primary = await start(t, 'proxy-protocol.cjs', { handoff, drainTimeoutMs: 20_000 });
    const before = pidOf(primary);
    const [busy, idle, announced, untouched] = await connect(primary, 4);
    for (const client of [busy!, idle!, announced!]) client.send(line);
    assert.equal((await idle!.ask()).pid, before);
    busy!.send(request('/when-draining'));
    await connected(primary, 4);
    const done = primary.reload();
    await until(() => givenBack(primary) === 1, 'the untouched one is given back');
    untouched!.send(line);
    const { pid, ...rest } = await untouched!.ask();
    assert.notEqual(pid, before);
    assert.deepEqual(rest, { slot: 0, path: '/', client: '192.0.2.7' });
    for (const client of [idle!, announced!]) client.send(request());
    for (const client of [busy!, idle!, announced!]) {
      const response = await client.response();
      assert.equal((bodyOf(response) as { pid: number }).pid, before);
      assert.equal(response.headers.get('connection'), 'close');
      assert.equal(await client.ended(), 'end');
    }
    await done;
    assert.deepEqual([givenBack(primary), cutOff(primary)], [1, 0]);
  });

  test(`handoff of ${handoff}: a version that begins to read the PROXY protocol gets no connection of the one before`, async (t) => {
    const env = { ...process.env, READS_FROM: '2' };
    const primary = await start(t, 'proxy-protocol.cjs', { handoff, env });
    const [idle, untouched] = await connect(primary, 2);
    await idle!.ask();
    await connected(primary, 2);
    await primary.reload();
    await until(() => idle!.over === 'end', 'the one that was answered is closed');
    untouched!.send(line);
    assert.equal((await untouched!.ask()).pid, pidOf(primary));
    await connected(primary, 1);
    assert.deepEqual([givenBack(primary), cutOff(primary)], [2, 0]);
  });

  test(`handoff of ${handoff}: connections that the app has led to another server stay, and those of that server move`, async (t) => {
    const primary = await start(t, 'proxy-protocol-front.cjs', { handoff, drainTimeoutMs: 20_000 });
    await until(() => primary.addresses.length === 2, 'both servers listen');
    const before = pidOf(primary);
    const direct = await connectOne(primary);
    const [led, untouched] = await connect(primary, 2, { listener: 1 });
    assert.equal((await direct.ask()).pid, before);
    led!.send(line);
    assert.equal((await led!.ask()).pid, before);
    await connected(primary, 3);
    const done = primary.reload();
    await until(() => givenBack(primary) === 2, 'two are given back');
    assert.notEqual((await direct.ask()).pid, before);
    untouched!.send(line);
    assert.notEqual((await untouched!.ask()).pid, before);
    led!.send(request());
    const response = await led!.response();
    assert.deepEqual(bodyOf(response), { slot: 0, pid: before, path: '/', client: '192.0.2.7' });
    assert.equal(response.headers.get('connection'), 'close');
    await done;
    assert.deepEqual([givenBack(primary), cutOff(primary)], [2, 0]);
  });

  test(`handoff of ${handoff}: a worker that ends finishes an NTLM handshake, and gives connections back before and after one`, async (t) => {
    const primary = await start(t, 'ntlm.cjs', { handoff, drainTimeoutMs: 20_000 });
    const before = pidOf(primary);
    const [challenged, halfway, through] = await connect(primary, 3);
    const negotiate = async (client: RawClient): Promise<string> => {
      client.send(request('/', 'Authorization: NTLM negotiate\r\n'));
      const { status, headers } = await client.response();
      assert.equal(status, 401);
      const proof = headers.get('www-authenticate')!.split(' ')[1]!;
      return request('/', `Authorization: NTLM authenticate.${proof}\r\n`);
    };
    challenged!.send(request());
    assert.equal((await challenged!.response()).headers.get('www-authenticate'), 'NTLM');
    const last = await negotiate(halfway!);
    through!.send(await negotiate(through!));
    assert.equal((await through!.answer()).pid, before);

    const done = primary.reload();
    await until(() => givenBack(primary) === 2, 'two are given back');
    halfway!.send(last);
    assert.equal((await halfway!.answer()).pid, before);
    await done;
    challenged!.send(await negotiate(challenged!));
    assert.equal((await challenged!.answer()).pid, pidOf(primary));
    // They are asked once more who they are, as by a server that has forgotten.
    for (const client of [halfway!, through!]) {
      client.send(request());
      assert.equal((await client.response()).status, 401);
      client.send(await negotiate(client));
      assert.equal((await client.answer()).pid, pidOf(primary));
    }
    assert.deepEqual([givenBack(primary), cutOff(primary)], [3, 0]);
  });
}
