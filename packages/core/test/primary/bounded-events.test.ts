import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedEvents } from '#core/primary/bounded-events.js';
import type { StatusEventKind } from '#core/status.js';

function add(events: BoundedEvents, kind: StatusEventKind, times: number, text = ''): void {
  for (let time = 1; time <= times; time++) events.add({ at: time, kind, text });
}

function countOf(events: BoundedEvents, kind: StatusEventKind): number {
  return events.all().filter((event) => event.kind === kind).length;
}

test('1,000 are kept, in their order', () => {
  const events = new BoundedEvents();
  add(events, 'crash', 1_003);
  const all = events.all();
  assert.deepEqual([all.length, all[0]?.at, all.at(-1)?.at], [1_000, 4, 1_003]);
  assert.deepEqual(events.dropped, { crash: 3 });
});

test('what happens again and again does not take the place of what happens seldom', () => {
  const events = new BoundedEvents();
  add(events, 'reload-done', 2);
  for (let night = 0; night < 2_000; night++) {
    add(events, 'crash', 1);
    add(events, 'restart', 1);
  }
  add(events, 'stop', 1);
  assert.equal(countOf(events, 'reload-done'), 2);
  assert.equal(countOf(events, 'stop'), 1);
  assert.ok(Math.abs(countOf(events, 'crash') - countOf(events, 'restart')) <= 1);
  const { crash = 0, restart = 0 } = events.dropped;
  assert.equal(crash + restart, 4_003 - 1_000);
});

test('512 KiB of them are kept, as JSON', () => {
  const events = new BoundedEvents();
  add(events, 'slow', 1);
  add(events, 'crash', 900, 'é'.repeat(1_000));
  const bytes = events
    .all()
    .map((event) => Buffer.byteLength(JSON.stringify(event)))
    .reduce((total, more) => total + more);
  assert.ok(bytes <= 512 * 1_024 && bytes > 500 * 1_024, `${bytes}`);
  assert.equal(countOf(events, 'slow'), 1);
});
