import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsSince, parseSince } from '#core/cli/events.js';
import { formatTime, renderEvents } from '#core/cli/events-view.js';
import type { StatusEvent } from '#core/status.js';

// All of it in the zone of this machine, whichever that is.
const now = new Date(2026, 10, 28, 9, 5, 7);
const night = new Date(2026, 10, 27, 23, 59, 1);

test('a time of today has no date', () => {
  assert.equal(formatTime(new Date(2026, 10, 28, 0, 0, 0), now), '00:00:00');
  assert.equal(formatTime(night, now), '2026-11-27 23:59:01');
});

test('a line an event: when, what, whose worker it was, and how', () => {
  const events: StatusEvent[] = [
    { at: night.getTime(), kind: 'crash', slot: 0, generation: 1, text: 'pid 77 ended by SIGKILL' },
    { at: now.getTime(), kind: 'reload-failed', generation: 2, text: 'slot 0:\nno \u001B[1mport' },
  ];
  assert.deepEqual(renderEvents({ events, dropped: {} }, now), [
    '2026-11-27 23:59:01  crash          slot 0  pid 77 ended by SIGKILL',
    '           09:05:07  reload-failed          slot 0: no port',
  ]);
});

test('where no event is of a slot, there is no column for it', () => {
  const events: StatusEvent[] = [{ at: now.getTime(), kind: 'reload-started', text: 'to generation 2' }];
  assert.deepEqual(renderEvents({ events, dropped: {} }, now), ['09:05:07  reload-started  to generation 2']);
});

test('that older ones are not kept is told, and that there are none', () => {
  const events: StatusEvent[] = [{ at: now.getTime(), kind: 'crash', slot: 1, text: 'pid 1 ended' }];
  const [first] = renderEvents({ events, dropped: { crash: 12, restart: 11 } }, now);
  assert.equal(first, '(older events, no longer kept: 12 crash, 11 restart)');
  assert.deepEqual(renderEvents({ events: [], dropped: {} }, now), ['no events']);
});

test('of older ones, those are told that may have been since then', () => {
  const events: StatusEvent[] = [
    { at: 1_000, kind: 'crash', slot: 1, text: 'pid 1 ended' },
    { at: 2_000, kind: 'crash', slot: 1, text: 'pid 2 ended' },
    { at: 3_000, kind: 'restart', slot: 1, text: 'pid 3 was started' },
  ];
  assert.deepEqual(eventsSince({ events, dropped: { crash: 12, restart: 11 } }, 2_000), {
    events: events.slice(1),
    dropped: { restart: 11 },
  });
});

test('--since takes an age, and a time', () => {
  const at = now.getTime();
  assert.equal(parseSince('90s', at), at - 90_000);
  assert.equal(parseSince('12h', at), at - 12 * 3_600_000);
  assert.equal(parseSince('7d', at), at - 7 * 86_400_000);
  assert.equal(parseSince('2026-11-27', at), new Date(2026, 10, 27).getTime());
  assert.equal(parseSince('2026-11-27T23:59:01', at), night.getTime());
  assert.equal(parseSince('2026-11-27 23:59', at), night.getTime() - 1_000);
  assert.equal(parseSince('2026-11-27T22:00:00Z', at), Date.UTC(2026, 10, 27, 22));
  assert.equal(parseSince('2026-11-27T22:00+02:00', at), Date.UTC(2026, 10, 27, 20));
  for (const wrong of ['', 'yesterday', '12', '2026-13-01', '10x', '-5m', '2026-11-27T25:00', 'Nov 27'])
    assert.throws(() => parseSince(wrong, at), /an age such as/, wrong);
});
