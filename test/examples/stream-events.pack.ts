// examples/events: a stream that several workers send, one after another, without a gap.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { EventSource } from 'eventsource';
import { until } from '../harness.js';
import { commandsOf, Example } from './example.js';

const [show = '', reload = '', status = '', kill = '', ...others] = commandsOf('events');

/** What a client of a stream has received. */
interface Stream {
  source: EventSource;
  ids: string[];
  /** By whom the last event was sent. */
  pid: number;
  /** How often its connection ended. */
  ended: number;
}

function open(t: TestContext, { port }: Example): Stream {
  const stream: Stream = {
    source: new EventSource(`http://127.0.0.1:${port}`),
    ids: [],
    pid: 0,
    ended: 0,
  };
  stream.source.addEventListener('error', () => (stream.ended += 1));
  stream.source.addEventListener('message', ({ lastEventId, data }) => {
    stream.ids.push(lastEventId);
    stream.pid = Number(/by (\d+)$/.exec(String(data))?.[1]);
  });
  t.after(() => stream.source.close());
  return stream;
}

/** Waits until each has had an event from a worker that satisfies this. */
async function untilEach(
  streams: Stream[],
  satisfies: (pid: number) => boolean,
  what: string,
): Promise<void> {
  await until(() => streams.every(({ pid }) => satisfies(pid)), what, 20_000);
}

test('streams move on at a reload and when their worker is killed, without a lost or a doubled event', async (t) => {
  assert.deepEqual(others, []);
  const example = await Example.start(t, 'events', { INTERVAL_MS: '500' });
  const streams = Array.from({ length: 16 }, () => open(t, example));
  await untilEach(streams, (pid) => pid > 0, 'each has its first event');
  const before = await example.pids();
  assert.deepEqual(new Set(streams.map(({ pid }) => pid)), new Set(before), 'each worker has some');

  const from = performance.now();
  await example.run(reload);
  assert.ok(performance.now() - from < 20_000, 'no stream had to be cut off');
  assert.doesNotMatch(example.primary.stderr, /--drain-timeout/);
  const after = await example.pids();
  await untilEach(streams, (pid) => after.includes(pid), 'each goes on in a new worker');
  assert.match(await example.run(status), /slots +2 of 2 ready/);

  const victim = streams[0]?.pid ?? 0;
  const orphaned = streams.filter(({ pid }) => pid === victim);
  const untouched = streams.filter(({ pid }) => pid !== victim).map((stream) => ({ ...stream, stream }));
  await example.run(kill, victim);
  await untilEach(orphaned, (pid) => pid !== victim, 'each goes on in another worker');
  for (const { stream, pid, ended } of untouched) assert.deepEqual([stream.pid, stream.ended], [pid, ended]);

  for (const { source, ids } of streams) {
    source.close();
    const [startedAt] = ids[0]?.split('-') ?? [];
    assert.deepEqual(
      ids,
      ids.map((_, index) => `${startedAt}-${index + 1}`),
    );
  }
  await example.stop();
});

test('the client shows the whole stream, and ends with it', async (t) => {
  const example = await Example.start(t, 'events', { INTERVAL_MS: '10' });
  const client = example.startClient(t, show);
  assert.deepEqual(await client.exited, { code: 0, signal: null }, client.stderr);
  const events = client.stdout.split('\n').filter((line) => line.includes(' of 60'));
  assert.deepEqual(
    events.map((line) => line.replace(/, by \d+$/, '')),
    Array.from({ length: 60 }, (_, index) => `${index + 1} of 60`),
  );
  await example.stop();
});
