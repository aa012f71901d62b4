import type { PrimaryStatus } from '../status.js';

/** What a primary told of itself, and when. */
export interface Sample {
  status: PrimaryStatus;
  /** Unix time in milliseconds, for ages. */
  at: number;
  /** Of a clock that nobody sets, in milliseconds, for rates. */
  monotonicMs: number;
}

export function sampleOf(status: PrimaryStatus): Sample {
  return { status, at: Date.now(), monotonicMs: performance.now() };
}

/** How far two samples of one primary are apart; `undefined`: there is none before, or it is of another primary. */
export function secondsSince(before: Sample | undefined, now: Sample): number | undefined {
  // A primary that was started again counts from 0, maybe with the pid of the one before.
  if (before?.status.pid !== now.status.pid || before.status.startedAt !== now.status.startedAt)
    return undefined;
  return (now.monotonicMs - before.monotonicMs) / 1_000;
}

/** `undefined` where there is no rate: without a time, or of a count that began anew. */
export function perSecond(more: number | undefined, seconds: number | undefined): number | undefined {
  return more === undefined || more < 0 || seconds === undefined || seconds <= 0 ? undefined : more / seconds;
}

/** Connections accepted, over all listeners. */
export function acceptedPerSecond(before: Sample | undefined, now: Sample): number | undefined {
  const more = before && accepted(now.status) - accepted(before.status);
  return perSecond(more, secondsSince(before, now));
}

function accepted({ listeners }: PrimaryStatus): number {
  return listeners.reduce((total, listener) => total + listener.accepted, 0);
}
