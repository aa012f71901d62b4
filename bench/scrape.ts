import { Primary, type LatencyFigures } from '@baton/core';
import path from 'node:path';
import { openLoop } from './open-loop.js';
import { inTurn, type Turn } from './rounds.js';
import { formatTable, median } from './table.js';

export interface ScrapeOptions {
  rounds: number;
  seconds: number;
  workers: number;
}

const port = 3997;
const perSecond = 200;
const app = path.join(import.meta.dirname, '../apps/series.cjs');

/** What a scrape of many workers with many series costs, and whether handoffs are held up by it. */
export async function scrape({ rounds, seconds, workers }: ScrapeOptions): Promise<void> {
  console.log(
    `scrape: ${workers} workers with 1,000 series each, ${perSecond} new connections a second for ${seconds} s, without scrapes and ` +
      `with one a second, ${rounds} rounds; Node ${process.version}\n`,
  );
  const env = { ...process.env, PORT: String(port) };
  const primary = new Primary({ app, workers, env, metrics: { port: 0 }, gatherTimeoutMs: 5_000 });
  await primary.start();
  const tookMs: number[] = [];
  const scrapeOnce = async (): Promise<void> => {
    const from = performance.now();
    const response = await fetch(String(primary.metricsUrl));
    await response.text();
    tookMs.push(performance.now() - from);
  };
  const measure = async (isScraped: boolean): Promise<LatencyFigures> => {
    const before = primary.snapshot().latency;
    const timer = isScraped ? setInterval(() => void scrapeOnce(), 1_000) : undefined;
    await openLoop({ port, perSecond, seconds });
    clearInterval(timer);
    return since(before, primary.snapshot().latency);
  };
  const turns: Turn<boolean>[] = [
    { name: 'no scrapes', subject: false },
    { name: 'scrapes', subject: true },
  ];
  const measured = await inTurn(turns, rounds, measure);
  await primary.stop();
  const rows = [...measured].map(([name, each]) => [
    name,
    (median(each.map((figures) => figures.sumNs / total(figures))) / 1_000).toFixed(0),
    (median(each.map((figures) => percentileNs(figures, 0.99))) / 1_000).toFixed(0),
  ]);
  console.log(formatTable([['', 'handoff, mean µs', 'p99 µs'], ...rows]));
  const sorted = tookMs.toSorted((a, b) => a - b);
  console.log(
    `\na scrape: median ${median(sorted).toFixed(0)} ms, longest ${(sorted.at(-1) ?? NaN).toFixed(0)} ms`,
  );
}

function total({ counts }: LatencyFigures): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function since(before: LatencyFigures, now: LatencyFigures): LatencyFigures {
  const counts = now.counts.map((count, bucket) => count - (before.counts[bucket] ?? 0));
  return { boundsNs: now.boundsNs, counts, sumNs: now.sumNs - before.sumNs };
}

/** As Prometheus' histogram_quantile(): linear within its bucket. */
function percentileNs(figures: LatencyFigures, quantile: number): number {
  const rank = total(figures) * quantile;
  let below = 0;
  for (const [bucket, count] of figures.counts.entries()) {
    if (below + count >= rank) {
      const from = figures.boundsNs[bucket - 1] ?? 0;
      const to = figures.boundsNs[bucket] ?? from;
      return from + ((to - from) * (rank - below)) / count;
    }
    below += count;
  }
  return NaN;
}
