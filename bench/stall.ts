import { contenders, Running } from './contenders.js';
import { openLoop, type Outcome } from './open-loop.js';
import { inRounds, type RoundOptions } from './rounds.js';
import type { Report } from './report.js';

const port = 3997;
const perSecond = 1000;
const slowMs = 100;
/** From connecting until a worker's JavaScript had the connection: the app tells when. */
const queuedMs = 50;

/**
 * One of the workers blocks its event loop for 300 ms every second, under an open-loop load: connections come at their
 * times, however slow the answers are.
 */
export async function stall({
  rounds,
  seconds,
  workers,
}: Omit<RoundOptions, 'connections'>): Promise<Report> {
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
  const waited = (name: string): string => rows.find(([first]) => first === name)?.[4] ?? '';
  return {
    settings:
      `${perSecond} new connections a second for ${seconds} s, ${workers} workers, one of which blocks its event loop for 300 ms every ` +
      `second, ${rounds} rounds; Node ${process.version}.`,
    table: [['', 'requests', 'failed', `> ${slowMs} ms`, `queued > ${queuedMs} ms`, 'p99 ms'], ...rows],
    notes: [
      'A request is queued until a worker’s JavaScript has its connection. The rest of a slow one are requests that the worker had begun when it blocked.',
    ],
    facts: {
      requests: String(perSecond * seconds * rounds),
      queued: waited('Baton'),
      reusePortQueued: waited('reusePort'),
      clusterQueued: waited('node:cluster, round-robin'),
    },
  };
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
