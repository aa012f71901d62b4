import http from 'node:http';
import { once } from 'node:events';
import { contenders, Running, type Contender } from './contenders.js';
import { formatTable } from './table.js';

export interface StallOptions {
  rounds: number;
  seconds: number;
  workers: number;
}

/** One request on a connection of its own. Times are in milliseconds. */
interface Outcome {
  tookMs: number;
  /** From connecting until a worker's JavaScript had the connection. */
  queuedMs: number;
  failed: boolean;
}

const port = 3997;
const perSecond = 1000;
const slowMs = 100;
const patienceMs = 5_000;

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
  const measured = new Map<Contender, Outcome[]>(all.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [contender, outcomes] of measured) {
      const running = await Running.start(contender, port, workers);
      try {
        outcomes.push(...(await openLoop(seconds)));
      } finally {
        await running.stop();
      }
    }
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  const rows = [...measured].map(([contender, outcomes]) => row(contender.name, outcomes));
  console.log(
    formatTable([['', 'requests', 'failed', `> ${slowMs} ms`, 'queued > 50 ms', 'p99 ms'], ...rows]),
  );
  console.log(
    '\nqueued: until a worker had the connection; the rest of a slow one is what blocked that worker.',
  );
}

async function openLoop(seconds: number): Promise<Outcome[]> {
  const total = seconds * perSecond;
  const requests: Promise<Outcome>[] = [];
  const startedAt = performance.now();
  while (requests.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond));
    while (requests.length < due) requests.push(request());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Promise.all(requests);
}

async function request(): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    const options = { port, host: '127.0.0.1', agent: false, timeout: patienceMs };
    const sent = http.get(options).on('timeout', () => sent.destroy(new Error('timeout')));
    const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    const queuedMs = Number(text) - (performance.timeOrigin + startedAt);
    return { tookMs: performance.now() - startedAt, queuedMs, failed: false };
  } catch {
    return { tookMs: performance.now() - startedAt, queuedMs: NaN, failed: true };
  }
}

function row(name: string, outcomes: Outcome[]): string[] {
  const slow = outcomes.filter(({ tookMs }) => tookMs > slowMs);
  const took = outcomes.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b);
  return [
    name,
    String(outcomes.length),
    String(outcomes.filter(({ failed }) => failed).length),
    String(slow.length),
    String(outcomes.filter(({ queuedMs }) => queuedMs > 50).length),
    (took[Math.floor(took.length * 0.99)] ?? NaN).toFixed(1),
  ];
}
