import { contenders, Running } from './contenders.js';
import { openLoop, type Outcome } from './open-loop.js';
import { inRounds } from './rounds.js';
import { formatTable } from './table.js';

export interface StallOptions {
  rounds: number;
  seconds: number;
  workers: number;
}

const port = 3997;
const perSecond = 1000;
const slowMs = 100;
/** From connecting until a worker's JavaScript had the connection: the app tells when. */
const queuedMs = 50;

/**
 * One of the workers blocks its event loop for 300 ms every second, under an open-loop load: connections come at their
 * times, however slow the answers are.
 */
export async function stall({ rounds, seconds, workers }: StallOptions): Promise<void> {
  console.log(
    `stall: ${perSecond} new connections a second for ${seconds} s, ${workers} workers, one of which blocks for 300 ms every ` +
      `second, ${rounds} rounds; Node ${process.version}\n`,
  );
  const all = contenders('blocks.cjs', workers);
  const measured = await inRounds(all, rounds, async (contender) => {
    const running = await Running.start(contender, port, workers);
    try {
      return await openLoop({ port, perSecond, seconds });
    } finally {
      await running.stop();
    }
  });
  const rows = [...measured].map(([{ name }, each]) => row(name, each.flat()));
  console.log(
    formatTable([['', 'requests', 'failed', `> ${slowMs} ms`, `queued > ${queuedMs} ms`, 'p99 ms'], ...rows]),
  );
  console.log(
    '\nqueued: until a worker had the connection; the rest of a slow one is what blocked that worker.',
  );
}

function row(name: string, outcomes: Outcome[]): string[] {
  const slow = outcomes.filter(({ tookMs }) => tookMs > slowMs);
  const took = outcomes.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return [
    name,
    String(outcomes.length),
    String(outcomes.filter(({ text }) => text === undefined).length),
    String(slow.length),
    String(outcomes.filter(({ text, sentAt }) => Number(text) - sentAt > queuedMs).length),
    (took[Math.floor(took.length * 0.99)] ?? NaN).toFixed(1),
  ];
}
