import type { Primary } from '@baton/core';

/** How many connections each worker has, by slot. */
export type Shares = number[];

/** What the primary and its ledgers tell, without a request. */
export function sharesOf(primary: Primary, workers: number): Shares {
  const shares = Array.from({ length: workers }, () => 0);
  for (const { slot, connections } of primary.snapshot().slots)
    if (slot < workers) shares[slot] = connections;
  return shares;
}

export function meanOf(shares: Shares): number {
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

export function largestOfMean(shares: Shares): number {
  return Math.max(...shares) / meanOf(shares);
}

export function smallestOfMean(shares: Shares): number {
  return Math.min(...shares) / meanOf(shares);
}

/** The largest is at most 1.10 × the mean. */
export function isEven(shares: Shares): boolean {
  return largestOfMean(shares) <= 1.1;
}

/** The largest is at most 1.05 × the mean, or one connection above it. */
export function isLevel(shares: Shares): boolean {
  return largestOfMean(shares) <= 1.05 || Math.max(...shares) - meanOf(shares) <= 1;
}

/** What was seen of shares since an event. */
export interface Watched {
  atOnce: Shares;
  /** Five seconds later. */
  soon: Shares;
  /** After how many seconds they were even, and have been since; undefined: not within five. */
  evenAfterS: number | undefined;
  /** Ten seconds later. */
  later: Shares;
}

const soonS = 5;
const laterS = 10;
/** So long must shares be level to be waited for no longer. */
const holdS = 1;
const lookMs = 20;

/** Looks at shares until ten seconds after `since`, or until they have been level for a second. `isWhole`: ten seconds in any case. */
export async function watch(look: () => Shares, since: number, isWhole: boolean): Promise<Watched> {
  const atOnce = look();
  const watched: Watched = { atOnce, soon: atOnce, evenAfterS: undefined, later: atOnce };
  let levelAt: number | undefined;
  for (;;) {
    const s = (performance.now() - since) / 1_000;
    if (s > laterS) break;
    const now = look();
    watched.later = now;
    if (s <= soonS) {
      watched.soon = now;
      watched.evenAfterS = isEven(now) ? (watched.evenAfterS ?? s) : undefined;
    }
    levelAt = isLevel(now) ? (levelAt ?? s) : undefined;
    if (!isWhole && levelAt !== undefined && s - levelAt > holdS) break;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return watched;
}
