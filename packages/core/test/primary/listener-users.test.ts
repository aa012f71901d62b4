import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListenerUsers } from '#core/primary/listener-users.js';

const old = { id: 1, slot: 0, isOnProbation: false };
const again = { id: 2, slot: 0, isOnProbation: false };
const next = { id: 3, slot: 0, isOnProbation: true };
const other = { id: 4, slot: 1, isOnProbation: false };

/** Whether the next worker of slot 0 must serve it, to take the place of this one. */
function expected(users: ListenerUsers, current = old): boolean {
  return users.isExpectedOf(0, current.id);
}

function usedBy(worker: typeof old, how: 'at start' | 'late' | 'for a request'): ListenerUsers {
  const users = new ListenerUsers();
  users.add(worker, how === 'for a request');
  users.serve(worker, how !== 'late');
  return users;
}

test('it is served by a worker from when that listens until it has closed it', () => {
  const users = new ListenerUsers();
  assert.equal(users.serve(old, true), false, 'it has not asked for it');
  users.add(old, false);
  assert.deepEqual([users.isServedBy(old.id), users.isServedBy(other.id)], [false, false]);
  assert.equal(users.serve(old, true), true);
  assert.deepEqual([users.isServedBy(old.id), users.isServedBy(other.id)], [true, false]);
  assert.equal(users.remove(old), true);
  assert.deepEqual([users.isServedBy(old.id), users.isEmpty, users.remove(old)], [false, true, false]);
});

test('it is expected of the next worker if the one before has opened it at its start, and serves it', () => {
  const users = usedBy(old, 'at start');
  assert.equal(expected(users), true);
  assert.equal(users.isExpectedOf(1, other.id), false, 'each slot has its own');
  users.serve(old, false);
  assert.equal(expected(users), true, 'however often it is told');
  users.remove(old);
  assert.equal(expected(users), false);
  assert.equal(expected(usedBy(old, 'late')), false);
  assert.equal(expected(usedBy(old, 'for a request')), false);
  const asked = new ListenerUsers();
  asked.add(old, false);
  assert.equal(expected(asked), false);
});

test('what a crashed worker served is its slot’s until the next one of it serves it', () => {
  const users = usedBy(old, 'at start');
  assert.equal(users.orphan(old), true);
  assert.deepEqual([users.isEmpty, users.includes(0), users.includes(1)], [false, true, false]);
  assert.equal(expected(users), true);
  users.add(again, false);
  assert.equal(expected(users, again), true, 'it listens only to come');
  users.remove(again);
  assert.equal(users.includes(0), true, 'a try of it changes nothing');
  users.add(again, false);
  users.serve(again, false);
  assert.equal(expected(users, again), false, 'it is its own now, and opened late');
  users.remove(again);
  assert.equal(users.isEmpty, true);
});

test('it is expected still if the next one crashes before it serves it', () => {
  const users = usedBy(old, 'at start');
  users.orphan(old);
  users.add(again, false);
  users.orphan(again);
  assert.equal(expected(users, again), true);
  assert.equal(users.orphan(other), false);
});

test('what a crashed worker had not opened at its start waits for the next, but is not expected', () => {
  for (const users of [usedBy(old, 'late'), usedBy(old, 'for a request')]) {
    users.orphan(old);
    assert.deepEqual([users.includes(0), expected(users)], [true, false]);
  }
});

test('one on probation takes nothing over', () => {
  const users = usedBy(old, 'at start');
  users.orphan(old);
  users.add(next, false);
  users.serve(next, true);
  assert.equal(users.isServedBy(next.id), true);
  users.remove(next);
  assert.deepEqual([expected(users), users.isEmpty], [true, false]);
  assert.equal(users.dropOrphan(0), true);
  assert.deepEqual([users.dropOrphan(0), users.isEmpty], [false, true]);
});
