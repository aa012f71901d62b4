import { oneLine } from '../printable.js';
import type { EventsReport, StatusEvent } from '../status.js';

/** The lines of `baton events`. `now`: for which day a time needs no date. */
export function renderEvents({ events, dropped }: EventsReport, now: Date): string[] {
  if (events.length === 0) return [...describeDropped(dropped), 'no events'];
  const times = events.map(({ at }) => formatTime(new Date(at), now));
  const widths = {
    time: Math.max(...times.map((time) => time.length)),
    kind: Math.max(...events.map(({ kind }) => kind.length)),
    slot: Math.max(...events.map((event) => slotOf(event).length)),
  };
  const lines = events.map((event, index) => {
    const time = (times[index] ?? '').padStart(widths.time);
    const slot = slotOf(event).padEnd(widths.slot);
    return [time, oneLine(event.kind).padEnd(widths.kind), slot, oneLine(event.text)]
      .filter((part) => part !== '')
      .join('  ')
      .trimEnd();
  });
  return [...describeDropped(dropped), ...lines];
}

/** `14:03:22`, and `2026-11-27 03:12:01` of another day, both as the clock on the wall shows them. */
export function formatTime(at: Date, now: Date): string {
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(':');
  const date = dateOf(at);
  return date === dateOf(now) ? time : `${date} ${time}`;
}

function dateOf(at: Date): string {
  return [at.getFullYear(), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join('-');
}

function twoDigits(count: number): string {
  return String(count).padStart(2, '0');
}

function slotOf({ slot }: StatusEvent): string {
  return slot === undefined ? '' : `slot ${slot}`;
}

/** That there were more. */
function describeDropped(dropped: EventsReport['dropped']): string[] {
  const kinds = Object.entries(dropped).map(([kind, count]) => `${count} ${oneLine(kind)}`);
  return kinds.length === 0 ? [] : [`(older events, no longer kept: ${kinds.join(', ')})`];
}
