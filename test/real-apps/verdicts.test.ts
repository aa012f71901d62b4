// Which failed requests the suite forgives, on made-up ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asked } from './load.js';
import { lost, unexpected } from './verdicts.js';

const killedAt = 1_000;
const killed = 4711;

function asked(id: string, rest: Partial<Asked> = {}): Asked {
  return { id, beganAt: 990, endedAt: 1_010, hung: false, reused: false, error: 'ECONNRESET', ...rest };
}

function unexpectedIds(requests: readonly Asked[], began: ReadonlySet<string> | undefined): string[] {
  return unexpected(requests, { killedAt, killed, began }).map(({ id }) => id);
}

test('of the requests at a kill, those may fail that the worker had begun', () => {
  const requests = [asked('begun-1'), asked('elsewhere-1'), { ...asked('answered-1'), text: 'an answer' }];
  assert.deepEqual(unexpectedIds(requests, new Set(['/report?id=begun-1'])), ['elsewhere-1']);
});

test('at a kill, one may fail that goes out on a connection of the worker, and not on another', () => {
  const answered = (id: string, pid: number): Asked => asked(id, { beganAt: 900, text: `{"pid":${pid}}` });
  const requests = [
    answered('its own-0', killed),
    asked('its own-1', { reused: true }),
    answered('another-0', killed + 1),
    asked('another-1', { reused: true }),
    asked('new-0'),
  ];
  assert.deepEqual(unexpectedIds(requests, new Set()), ['another-1', 'new-0']);
});

test('at a kill, a client may lose one request, and not the next', () => {
  const requests = [asked('client-0'), asked('client-1'), asked('other-0')];
  for (const began of [new Set(['/?id=client-0', '/?id=client-1', '/?id=other-0']), undefined])
    assert.deepEqual(unexpectedIds(requests, began), ['client-1']);
});

test('before a kill, long after it, and by hanging, none may fail', () => {
  const began = new Set(['/?id=before-0', '/?id=after-0', '/?id=hung-0']);
  const requests = [
    asked('before-0', { beganAt: 900, endedAt: 950 }),
    asked('after-0', { beganAt: 2_500, endedAt: 2_510 }),
    asked('hung-0', { hung: true }),
  ];
  assert.deepEqual(unexpectedIds(requests, began), ['before-0', 'after-0', 'hung-0']);
});

test('at a stop, those are lost that the app had begun, and those that hang', () => {
  const requests = [asked('begun'), asked('refused'), asked('hung', { hung: true })];
  const ids = lost(requests, 1_000, new Map([['/report?id=begun', [1]]])).map(({ id }) => id);
  assert.deepEqual(ids, ['begun', 'hung']);
});

test('at a stop, 503 is an answer, and 500 is none', () => {
  const requests = [asked('stopping', { status: 503 }), asked('broken', { status: 500 })];
  const begun = new Map([
    ['/?id=stopping', [1]],
    ['/?id=broken', [1]],
  ]);
  assert.deepEqual(
    lost(requests, 1_000, begun).map(({ id }) => id),
    ['broken'],
  );
});

test('at a stop, where it is not known what was begun, those are lost that were sent in good time before the signal', () => {
  const requests = [
    asked('before', { beganAt: 900 }),
    asked('at', { beganAt: 999 }),
    asked('after-0', { beganAt: 1_050 }),
  ];
  assert.deepEqual(
    lost(requests, 1_000, undefined).map(({ id }) => id),
    ['before'],
  );
});
