import type { WorkerStatus } from '../status.js';
import { formatHandoffTime } from './format.js';

type Histogram = WorkerStatus['latency'];

/**
 * The upper bound of the bucket in which the percentile falls: `120µs`, or `>328ms` in the last, which has none. `–`
 * where nothing was counted.
 */
export function formatPercentile({ boundsNs, counts }: Histogram, percent: number): string {
  const total = sum(counts);
  if (total === 0) return '–';
  // Of whole numbers, so that no rank is rounded up for a fraction that is none.
  const rank = Math.ceil((total * percent) / 100);
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= rank);
  const bound = boundsNs[bucket];
  return bound === undefined ? `>${formatHandoffTime(boundsNs.at(-1) ?? 0)}` : formatHandoffTime(bound);
}

/** What was counted since `before`; `undefined`: nothing, or these are not two moments of one histogram. */
export function countedSince(before: Histogram, now: Histogram): Histogram | undefined {
  const counts = now.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0));
  if (counts.some((count) => count < 0) || sum(counts) === 0) return undefined;
  return { boundsNs: now.boundsNs, counts };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
