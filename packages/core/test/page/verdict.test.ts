import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrimaryStatus, StatusEvent } from '#core/status.js';
import { primary, worker } from '../made-up.js';
import { judge, type Verdict } from './page-modules.js';

const nowAt = 1_700_000_000_000;
const noRequests = { ended: 0, failures: 0 };

function verdictOn(status: PrimaryStatus, { before = status, requests = noRequests } = {}): Verdict {
  const { level, text, said, details } = judge({ status, before, nowAt, requests });
  const plain = (words: string): string => words.replaceAll('\u00a0', ' ');
  return { level, text: plain(text), said: plain(said), details: details.map(plain) };
}

/** The level and the line, which are what most tests are about. */
function lineOn(...seen: Parameters<typeof verdictOn>): [string, string] {
  const { level, text } = verdictOn(...seen);
  return [level, text];
}

const crashOf = (slot: number, agoMs: number): StatusEvent => ({
  at: nowAt - agoMs,
  kind: 'crash',
  slot,
  generation: 1,
  text: 'pid 5 ended by SIGKILL',
});

test('a primary whose workers start is not well yet, and nothing is wrong', () => {
  const starts = [0, 1].map((slot) => worker(slot, { state: 'starting', ageMs: 500 }));
  assert.deepEqual(lineOn(primary(starts)), ['news', 'No worker serves yet; slots 0 and 1 are starting']);
  assert.deepEqual(lineOn(primary([worker(0), worker(1, { state: 'starting', ageMs: 500 })])), [
    'news',
    '1 of 2 workers serves; slot 1 is starting',
  ]);
});

test('a worker that is not ready for long is an alarm', () => {
  const slow = primary([worker(0), worker(1, { state: 'starting', ageMs: 14_000 })]);
  assert.deepEqual(lineOn(slow), ['bad', '1 of 2 workers serves; slot 1 is not ready, after 14 s']);
});

test('a slot that has crashed is an alarm until it serves again, and is remembered after that', () => {
  const events = [crashOf(1, 2_000)];
  const starts = worker(1, { state: 'starting', ageMs: 100, restarts: 1 });
  assert.deepEqual(lineOn(primary([worker(0), starts], { events })), [
    'bad',
    '1 of 2 workers serves; slot 1 crashed, and starts again',
  ]);
  assert.deepEqual(verdictOn(primary([worker(0), worker(1, { restarts: 1 })], { events })), {
    level: 'good',
    text: 'All is well: 2 of 2 workers serve',
    said: 'All is well: 2 of 2 workers serve',
    details: ['Slot 1 crashed 2 s ago, and was started again.'],
  });
  const old = primary([worker(0)], { events: [crashOf(0, 601_000)] });
  assert.deepEqual(verdictOn(old).details, []);
});

test('a slot that crashes after a while each time is no calm one, though it serves now', () => {
  const events = [100_000, 60_000, 20_000].map((ago) => crashOf(0, ago));
  assert.deepEqual(lineOn(primary([worker(0), worker(1)], { events })), [
    'warn',
    '2 of 2 workers serve; slot 0 crashed 3 times within 2 min, and runs again',
  ]);
});

test('a pause before the next try tells of a crash loop, however old its events are', () => {
  const crashed = worker(0, { state: 'crashed', restartInMs: 28_000 });
  assert.deepEqual(lineOn(primary([crashed])), [
    'bad',
    'No worker serves; slot 0 crashes again and again, next try in 28 s',
  ]);
});

test('slots without a worker are named; of many, the first', () => {
  assert.deepEqual(lineOn(primary([], { slots: 2 })), [
    'bad',
    'No worker serves; slots 0 and 1 have no worker',
  ]);
  const status = primary([worker(0)], { slots: 8 });
  assert.deepEqual(lineOn(status), ['bad', '1 of 8 workers serves; 7 slots (1, 2, 3, 4 …) have no worker']);
});

test('how slots ended is told once for those that ended alike, and of three ends at most', () => {
  const slots = Array.from({ length: 8 }, (_, slot) => slot);
  const workers = slots.map((slot) => worker(slot, { state: 'crashed', restartInMs: 5_000 }));
  const detailsOf = (textOf: (slot: number) => string): string[] => {
    const events = slots.map((slot) => ({ ...crashOf(slot, 900), text: textOf(slot) }));
    return verdictOn(primary(workers, { events })).details;
  };
  const [alike, ...others] = detailsOf((slot) => `pid ${70 + slot} ended by SIGBUS`);
  assert.match(
    alike ?? '',
    /^8 slots \(0, 1, 2, 3 …\): 8 crashes within 2 min, the last at .*: pid 7\d ended by SIGBUS$/,
  );
  assert.deepEqual(others, []);
  const different = detailsOf((slot) => `pid 70 ended with exit code ${slot}`);
  assert.equal(different.length, 4);
  assert.match(different[2] ?? '', /^Slot 2: crashed at .* exit code 2$/);
  assert.equal(different[3], 'And 5 more.');
});

test('a service that stops has no trouble', () => {
  const ends = [0, 1].map((slot) => worker(slot, { state: 'draining' }));
  assert.deepEqual(lineOn(primary(ends)), [
    'news',
    'The service is stopping: no worker serves any more; slots 0 and 1 are stopping',
  ]);
});

test('workers of slots that are no more drain, and the others are well', () => {
  const surplus = worker(1, { state: 'draining', connections: 1 });
  assert.deepEqual(lineOn(primary([worker(0), surplus], { slots: 1 })), [
    'news',
    'All is well: 1 of 1 worker serves; 1 worker is draining, with 1 connection left',
  ]);
});

test('a failed reload stays an alarm until the next, with why', () => {
  const reload = {
    state: 'failed',
    generation: 2,
    startedAt: nowAt - 190_000,
    endedAt: nowAt - 180_000,
    message: '0 of 1 workers were replaced: slot 0 was not ready within 10 s',
  } as const;
  const verdict = verdictOn(primary([worker(0)], { reload }));
  assert.equal(verdict.level, 'warn');
  assert.equal(verdict.text, '1 of 1 worker serves; the last reload failed, 3 min ago');
  assert.equal(verdict.said, '1 of 1 worker serves; the last reload failed');
  assert.deepEqual(verdict.details, [reload.message]);
});

test('what is wrong comes first, and hides what goes on as it is meant to', () => {
  const stalled = worker(0, { stalledForMs: 4_000 });
  const leaves = worker(1, { id: 8, state: 'draining' });
  assert.deepEqual(lineOn(primary([stalled, leaves, worker(1)], { slots: 2 })), [
    'bad',
    '1 of 2 workers serves; slot 0 is stalled, for 4 s',
  ]);
});

test('connections that wait at two looks are an alarm, at one they are on their way', () => {
  const waiting = (waiting: number): PrimaryStatus =>
    primary([worker(0)], {
      listeners: [{ listener: '127.0.0.1:3000', accepted: 9, waiting, queued: 0 }],
    });
  const text = '1 of 1 worker serves; 3 connections wait, because no worker has room';
  assert.deepEqual(lineOn(waiting(3), { before: waiting(1) }), ['warn', text]);
  assert.equal(verdictOn(waiting(3), { before: waiting(0) }).level, 'good');
});

test('requests that fail are an alarm, where they are many and a good part of all', () => {
  const status = primary([worker(0)]);
  const levelOf = (ended: number, failures: number): string =>
    verdictOn(status, { requests: { ended, failures } }).level;
  assert.deepEqual(lineOn(status, { requests: { ended: 100, failures: 12 } }), [
    'warn',
    '1 of 1 worker serves; 12 % of the requests of the last minute failed',
  ]);
  assert.equal(levelOf(9, 9), 'good');
  assert.equal(levelOf(1_000, 49), 'good');
  assert.equal(levelOf(1_000, 50), 'warn');
});
