// The requests of the last minutes, as this page has seen them.

import { percentileNs, sumOf, total } from './durations.js';

export const spanMs = 300_000;
/** Durations are of so long: of a second alone they are too few. */
const durationsMs = 10_000;
/** With no answer for longer, the line is broken. */
const gapMs = 10_000;

export class History {
  /** Of each look: when, over how many seconds, how many requests a second, and percentiles of their durations. */
  points = [];

  /** `requests`: since the look before; undefined: not known. */
  add(seenMs, seconds, requests) {
    const last = this.points.at(-1);
    if (last && seenMs - last.seenMs > gapMs) this.points.push({ seenMs: last.seenMs });
    const point = { seenMs, seconds };
    this.points.push(point);
    if (requests !== undefined && seconds > 0) {
      Object.assign(point, { requests, rate: requests.ended / seconds, errors: requests.failures / seconds });
      const recent = sumOf(this.#since(seenMs - durationsMs).map(({ duration }) => duration));
      Object.assign(point, { p50: percentileNs(recent, 50), p99: percentileNs(recent, 99), recent });
    }
    while (this.points[0].seenMs < seenMs - spanMs - gapMs) this.points.shift();
  }

  /** What the next answer tells is of another primary. */
  clear() {
    this.points = [];
  }

  lastMinute(nowMs) {
    const requests = this.#since(nowMs - 60_000);
    const sum = (pick) => total(requests.map(pick));
    return { ended: sum(({ ended }) => ended), failures: sum(({ failures }) => failures) };
  }

  #since(fromMs) {
    return this.points
      .filter(({ seenMs, requests }) => seenMs > fromMs && requests !== undefined)
      .map(({ requests }) => requests);
  }
}
