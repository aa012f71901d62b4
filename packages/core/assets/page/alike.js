// Events, those that are alike told once.

/** Of a slot that crashes again and again, these two come in turn, and those of several slots in between. */
const ofCrashes = new Set(['crash', 'restart']);

/** The same but for the process and how long it took. */
const likenessOf = ({ kind, slot, text }) =>
  JSON.stringify([kind, slot, text.replace(/\bpid \d+/g, 'pid').replace(/\d+(\.\d+)? s\b/g, 's')]);

/**
 * From events, the oldest first, to `{ event, count, since }`, the latest first: `event` is the last of those that are alike, `since` when the
 * first of them was. Alike are those in a row; crashes and restarts of several slots may be in the same row.
 */
export function joinAlike(events) {
  const joined = [];
  /** What the next event can be like. */
  let open = new Map();
  for (const event of events.toReversed()) {
    const likeness = likenessOf(event);
    const known = open.get(likeness);
    if (known !== undefined) {
      known.count += 1;
      known.since = event.at;
      continue;
    }
    const group = { event, count: 1, since: event.at };
    joined.push(group);
    const goesOn = ofCrashes.has(event.kind) && ofCrashes.has(joined.at(-2)?.event.kind);
    if (!goesOn) open = new Map();
    open.set(likeness, group);
  }
  return joined;
}
