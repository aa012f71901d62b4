// Messages of the app to the primary's owner and back: `process.send()` and `primary.send()`.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { Primary, type PrimaryOptions, type WorkerInfo } from '@baton/core';
import { httpRequest } from './client.js';
import { connectOne, exits, handoffs, pidOf, startDrainable, underWay } from './draining.js';
import { app, portOf, startCommand, startPrimary, until } from './harness.js';

type Message = Record<string, unknown>;

/** A primary whose owner hears messages from before its start. */
async function start(t: TestContext, options: Omit<PrimaryOptions, 'app'> = {}): Promise<Heard> {
  const primary = new Primary({
    app: app('messages.cjs'),
    workers: 1,
    metrics: false,
    stopTimeoutMs: 20_000,
    ...options,
  });
  t.after(() => primary.stop());
  const heard = new Heard(primary);
  await primary.start();
  return heard;
}

/** The messages that a primary has emitted. */
class Heard {
  readonly primary: Primary;
  readonly all: [worker: WorkerInfo, message: Message][] = [];

  constructor(primary: Primary) {
    this.primary = primary;
    primary.on('message', (worker, message) => void this.all.push([worker, message as Message]));
  }

  /** The first message that has this field. */
  async with(field: string): Promise<Message> {
    const found = (): Message | undefined =>
      this.all.find(([, message]) => Object.hasOwn(message, field))?.[1];
    while (!found()) await once(this.primary, 'message');
    return found()!;
  }
}

for (const handoff of handoffs) {
  test(`handoff of ${handoff}: messages go both ways, from the app's first line to its last`, async (t) => {
    const env = { ...process.env, WATCH_REPORT_DEPENDENCIES: '1' };
    const heard = await start(t, { handoff, env });
    const { primary } = heard;
    assert.deepEqual(await heard.with('early'), { early: true, connected: true, watched: false });
    assert.equal(primary.send(0, { do: 'echo', text: 'hello' }), true);
    assert.deepEqual(await heard.with('echo'), { echo: 'hello' });
    assert.deepEqual(await heard.with('workerHeard'), { workerHeard: 'hello' });
    primary.send(0, { do: 'say-ready' });
    primary.send(0, { do: 'worker-send' });
    assert.deepEqual(await heard.with('from'), { from: 'worker' });
    assert.ok(heard.all.some(([, message]) => (message as unknown) === 'ready'));
    const pid = pidOf(primary);
    await primary.stop();
    assert.deepEqual(await heard.with('last'), { last: 'SIGTERM' });
    for (const [worker] of heard.all) assert.deepEqual([worker.slot, worker.pid], [0, pid]);
  });
}

test('a long message comes as it was, in parts; one that is too long does not go', async (t) => {
  const heard = await start(t);
  const text = '"\\\u2028é😀\0'.repeat(30_000);
  heard.primary.send(0, { do: 'echo', text });
  assert.ok((await heard.with('echo'))['echo'] === text);
  const most = 1024 * 1024;
  heard.primary.send(0, { do: 'long', bytes: most + 1 });
  assert.deepEqual(await heard.with('long'), { long: 'BATON_MESSAGE_TOO_LONG' });
  heard.all.length = 0;
  heard.primary.send(0, { do: 'long', bytes: most });
  assert.deepEqual(await heard.with('long'), { long: null });
  assert.equal(JSON.stringify(heard.all[0]?.[1]).length, most);
  assert.throws(() => heard.primary.send(0, 'x'.repeat(most)), { code: 'BATON_MESSAGE_TOO_LONG' });
});

test('what nobody listens to is dropped, and a warning for each topic says so', async (t) => {
  const command = startCommand(t, [app('messages.cjs'), '--workers', '1', '--no-metrics']);
  await command.seen(/Messages such as \{ early: true.*docs\/messages\.md/);
  command.process.kill('SIGTERM');
  await command.exited;
  // Of that, and of the one at SIGTERM, there is no topic.
  assert.equal(command.stderr.match(/BatonWarning: Messages such as/g)?.length, 1);
});

test('whether anybody listens may change', async (t) => {
  const primary = await startPrimary(t, { app: app('messages.cjs'), workers: 1, probationMs: 0 });
  primary.send(0, { do: 'topics' });
  const heard = new Heard(primary);
  primary.send(0, { do: 'echo', text: 'now' });
  await heard.with('echo');
  assert.deepEqual(
    heard.all.map(([, message]) => message),
    [{ workerHeard: 'now' }, { echo: 'now' }],
  );
  primary.removeAllListeners('message');
  primary.send(0, { do: 'topics' });
  const later = new Heard(primary);
  primary.send(0, { do: 'echo', text: 'again' });
  await later.with('echo');
  assert.deepEqual(
    later.all.map(([, message]) => message),
    [{ workerHeard: 'again' }, { echo: 'again' }],
  );
  // A replaced worker knows it from the start.
  await primary.reload();
  assert.ok(later.all.some(([worker, message]) => worker.generation === 2 && message['early'] === true));
});

test('wrong calls are told as Node tells them, and sockets do not go', async (t) => {
  const heard = await start(t);
  heard.primary.send(0, { do: 'errors' });
  const wrong = 'ERR_INVALID_ARG_TYPE';
  assert.deepEqual(await heard.with('handle'), {
    handle: ['BATON_HANDLE_NOT_SENT', 'BATON_HANDLE_NOT_SENT'],
    thrown: ['ERR_MISSING_ARGS', wrong, wrong, wrong],
  });
});

test('primary.send() says whether there is anybody to send to', async (t) => {
  const { primary } = await start(t);
  assert.equal(primary.send(1, {}), false);
  for (const slot of [-1, 0.5, '0' as unknown as number])
    assert.throws(() => primary.send(slot, {}), { code: 'BATON_INVALID_OPTION', message: /slot/ });
  for (const message of [undefined, () => {}])
    assert.throws(() => primary.send(0, message), { code: 'BATON_INVALID_OPTION', message: /message/ });
  await primary.stop();
  assert.equal(primary.send(0, {}), false);
});

test('an app that does not listen is sent no more than there is room for', async (t) => {
  const primary = await startPrimary(t, { app: app('http.cjs'), workers: 1 });
  let sent = 0;
  while (primary.send(0, 'x'.repeat(1_000_000))) sent += 1;
  assert.ok(sent >= 8 && sent < 10, `${sent} MB`);
});

test('a flood of messages comes whole and in order, and keeps nobody from being served', async (t) => {
  const count = 20_000;
  const heard = await start(t, { workers: 2, policy: 'round-robin' });
  const { primary } = heard;
  primary.send(0, { do: 'flood', count });
  let answered = 0;
  while (!heard.all.some(([, message]) => Object.hasOwn(message, 'full'))) {
    const { status } = await httpRequest(`http://127.0.0.1:${portOf(primary)}/`);
    assert.equal(status, 200);
    answered += 1;
  }
  const numbers = heard.all.flatMap(([, { number }]) => (typeof number === 'number' ? [number] : []));
  assert.deepEqual(numbers, [...Array(count).keys()]);
  assert.ok(answered > 3);
  assert.ok(Number((await heard.with('full'))['full']) > 0, 'the app was told that messages wait');
});

test('an app that sends more than there is room for is warned once', async (t) => {
  const heard = await start(t);
  heard.primary.send(0, { do: 'overflow' });
  assert.deepEqual(await heard.with('warnings'), { warnings: 1 });
  const long = heard.all.filter(([, message]) => typeof message === 'string');
  assert.equal(long.length, 8);
});

test('the primary is gone: the app hears of it, and its messages do not keep it from answering', async (t) => {
  const command = startCommand(t, [app('messages.cjs'), '--workers', '1', '--no-metrics']);
  const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)/);
  const answer = httpRequest(`http://127.0.0.1:${port}/disconnect`);
  await httpRequest(`http://127.0.0.1:${port}/`);
  command.process.kill('SIGKILL');
  assert.deepEqual(JSON.parse((await answer).text), {
    connected: false,
    channel: null,
    sent: [false, 'ERR_IPC_CHANNEL_CLOSED'],
  });
});

test('process.disconnect() ends the worker, which finishes its requests', async (t) => {
  const primary = await startDrainable(t, 'messages.cjs');
  const ended = exits(primary);
  const pid = pidOf(primary);
  const client = await connectOne(primary);
  const answer = client.response();
  client.send('GET /disconnect HTTP/1.1\r\nHost: a\r\n\r\n');
  await underWay(primary, 1);
  primary.send(0, { do: 'disconnect' });
  assert.equal((JSON.parse((await answer).body.toString()) as Message)['connected'], false);
  await until(() => ended.has(pid), 'the worker ends');
  assert.deepEqual(ended.get(pid), { code: 0, signal: null });
});

for (const end of ['reload', 'stop'] as const) {
  test(`${end}: a channel that the app has referenced keeps the worker until then, and no longer`, async (t) => {
    const primary = await startDrainable(t, 'messages-only.cjs', { waitReady: true, stopTimeoutMs: 60_000 });
    const ended = exits(primary);
    const pid = pidOf(primary);
    await primary[end]();
    assert.deepEqual(ended.get(pid), { code: 0, signal: null });
  });
}
