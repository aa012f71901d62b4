import { formatLatency } from './format.js';

/** Counts by upper bound, with one more for what is beyond the last. */
export interface Histogram {
  boundsNs: number[];
  counts: number[];
}

/**
 * The upper bound of the bucket in which the percentile falls: `120µs`, or `>328ms` in the last, which has none. `–`
 * where nothing was counted.
 */
export function formatPercentile(histogram: Histogram | undefined, percent: number): string {
  const { boundsNs, counts } = histogram ?? { boundsNs: [], counts: [] };
  const total = sum(counts);
  if (total === 0) return '–';
  // Of whole numbers, so that no rank is rounded up for a fraction that is none.
  const rank = Math.ceil((total * percent) / 100);
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= rank);
  const bound = boundsNs[bucket];
  return bound === undefined ? `>${formatLatency(boundsNs.at(-1) ?? 0)}` : formatLatency(bound);
}

/** What was counted since `before`; `undefined`: nothing, or these are not two moments of one histogram. */
export function countedSince(before: Histogram, now: Histogram): Histogram | undefined {
  const counts = now.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0));
  if (counts.some((count) => count < 0) || sum(counts) === 0) return undefined;
  return { boundsNs: now.boundsNs, counts };
}

/** Histograms of the same bounds as one. */
export function merged([first, ...others]: readonly Histogram[]): Histogram | undefined {
  if (first === undefined) return undefined;
  const counts = first.counts.map((count, bucket) =>
    others.reduce((total, other) => total + (other.counts[bucket] ?? 0), count),
  );
  return { boundsNs: first.boundsNs, counts };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
