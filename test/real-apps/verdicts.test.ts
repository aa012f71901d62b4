// Which failed requests the suite forgives, on made-up ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asked } from './load.js';
import { lost, unexpected } from './verdicts.js';

const killedAt = 1_000;

function asked(id: string, rest: Partial<Asked> = {}): Asked {
  return { id, beganAt: 990, endedAt: 1_010, hung: false, reused: false, error: 'ECONNRESET', ...rest };
}

function unexpectedIds(requests: readonly Asked[], began: ReadonlySet<string> | undefined): string[] {
  return unexpected(requests, { killedAt, began, clients: 2 }).map(({ id }) => id);
}

test('of the requests at a kill, those may fail that the worker had begun', () => {
  const requests = [asked('begun'), asked('elsewhere'), { ...asked('answered'), text: 'an answer' }];
  assert.deepEqual(unexpectedIds(requests, new Set(['/report?id=begun'])), ['elsewhere']);
});

test('at a kill, one may fail that goes out on a connection of the worker', () => {
  assert.deepEqual(unexpectedIds([asked('reused', { reused: true }), asked('new')], new Set()), ['new']);
});

test('before a kill, long after it, and by hanging, none may fail', () => {
  const began = new Set(['/?id=before', '/?id=after', '/?id=hung']);
  const requests = [
    asked('before', { beganAt: 900, endedAt: 950 }),
    asked('after', { beganAt: 2_500, endedAt: 2_510 }),
    asked('hung', { hung: true }),
  ];
  assert.deepEqual(unexpectedIds(requests, began), ['before', 'after', 'hung']);
});

test('where it is not known what a killed worker had begun, each client may lose one', () => {
  assert.deepEqual(unexpectedIds([asked('one'), asked('two'), asked('three')], undefined), ['three']);
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
    asked('after', { beganAt: 1_050 }),
  ];
  assert.deepEqual(
    lost(requests, 1_000, undefined).map(({ id }) => id),
    ['before'],
  );
});
