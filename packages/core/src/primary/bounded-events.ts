import type { EventsReport, StatusEvent, StatusEventKind } from '../status.js';

const mostEvents = 1_000;

/** Of all of them as JSON. */
const mostBytes = 512 * 1024;

/**
 * Events in the order in which they came. Where there is no room for one more, the oldest one of the kind of which there are most goes: what
 * happens again and again, such as a worker's crashes, does not take the place of what happens seldom, such as a reload.
 */
export class BoundedEvents {
  #events: { event: StatusEvent; bytes: number }[] = [];
  #bytes = 0;
  readonly #counts = new Map<StatusEventKind, number>();
  readonly #dropped = new Map<StatusEventKind, number>();

  add(event: StatusEvent): void {
    const bytes = Buffer.byteLength(JSON.stringify(event));
    this.#events.push({ event, bytes });
    this.#bytes += bytes;
    count(this.#counts, event.kind, 1);
    while (this.#events.length > mostEvents || this.#bytes > mostBytes) this.#dropOne();
  }

  all(): StatusEvent[] {
    return this.#events.map(({ event }) => event);
  }

  get dropped(): EventsReport['dropped'] {
    return Object.fromEntries(this.#dropped);
  }

  #dropOne(): void {
    const [commonest] = [...this.#counts].reduce((most, next) => (next[1] > most[1] ? next : most));
    const index = this.#events.findIndex(({ event }) => event.kind === commonest);
    for (const { event, bytes } of this.#events.splice(index, 1)) {
      this.#bytes -= bytes;
      count(this.#counts, event.kind, -1);
      count(this.#dropped, event.kind, 1);
    }
  }
}

function count(counts: Map<StatusEventKind, number>, kind: StatusEventKind, change: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + change);
}
