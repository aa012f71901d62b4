// Histograms of durations: `{ boundsNs, counts }`, with one count more for what took longer.

import { formatTime } from './format.js';

export const total = (counts) => counts.reduce((sum, count) => sum + count, 0);

/** The upper bound of the bucket in which the percentile falls: Infinity beyond the last, undefined where nothing was counted. */
export function percentileNs({ boundsNs, counts }, percent) {
  const all = total(counts);
  if (all === 0) return undefined;
  const rank = Math.ceil((all * percent) / 100);
  let seen = 0;
  return boundsNs[counts.findIndex((count) => (seen += count) >= rank)] ?? Infinity;
}

export function formatPercentile(histogram, percent) {
  const bound = percentileNs(histogram, percent);
  if (bound === undefined) return '–';
  return bound === Infinity ? `>\u00a0${formatTime(histogram.boundsNs.at(-1))}` : formatTime(bound);
}

/** What was counted since; nothing, where these are not two moments of one histogram. */
export function countedSince(before, now) {
  const counts = now.counts.map((count, bucket) => count - (before?.counts[bucket] ?? NaN));
  return { ...now, counts: counts.every((count) => count >= 0) ? counts : [] };
}

export function sumOf(histograms) {
  const { boundsNs = [] } = histograms[0] ?? {};
  const counts = Array.from({ length: boundsNs.length + 1 }, (_, bucket) =>
    total(histograms.map(({ counts }) => counts[bucket] ?? 0)),
  );
  return { boundsNs, counts };
}
