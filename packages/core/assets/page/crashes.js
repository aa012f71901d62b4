// What is told of crashes beneath the verdict.

import { formatDuration, formatMoment, nameSlots, withUnits } from './format.js';

const rememberedMs = 600_000;

/** A line for slots that have ended alike, but for their processes. */
export function lastCrashes(slots) {
  const alike = new Map();
  for (const slot of slots.filter(({ crashes }) => crashes.length > 0)) {
    const likeness = slot.crashes.at(-1).text.replace(/\bpid \d+/, 'pid');
    alike.set(likeness, [...(alike.get(likeness) ?? []), slot]);
  }
  return [...alike.values()].map((slots) => {
    const crashes = slots.flatMap((slot) => slot.crashes);
    const last = crashes.reduce((a, b) => (b.at > a.at ? b : a));
    const often =
      crashes.length > 1 ? `${crashes.length} crashes within 2\u00a0min, the last at` : 'crashed at';
    const name = nameSlots(slots.map(({ slot }) => slot));
    return `${name[0].toUpperCase()}${name.slice(1)}: ${often} ${formatMoment(last.at)}: ${withUnits(last.text)}`;
  });
}

/** What is over, and was put right, but is worth a look. */
export function pastCrashes({ events }, nowAt) {
  const past = events.filter(({ kind, at }) => kind === 'crash' && nowAt - at < rememberedMs);
  const last = past.at(-1);
  if (last === undefined) return [];
  const where = last.slot === undefined ? 'A worker' : `Slot\u00a0${last.slot}`;
  return [`${where} crashed ${formatDuration(nowAt - last.at)} ago, and was started again.`];
}
