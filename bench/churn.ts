import { availableParallelism, cpus } from 'node:os';
import { contenders, hasReusePort, limit, onePlainProcess, Running, type Contender } from './contenders.js';
import { cpuTime } from './cpu.js';
import { load, loadGenerator } from './load.js';
import { inRounds, ratioOf, type RoundOptions } from './rounds.js';
import { formatTable, median } from './table.js';

/** One contender in one round. */
interface Measurement {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU microseconds for each connection. */
  primaryUs: number;
  allUs: number;
  errors: number;
}

const port = 3999;
const warmUpSeconds = 1;

/**
 * A new connection for each request: what it costs to get connections to workers. All contenders take their turn in
 * each round, forwards and backwards, so that a machine that is slower for a while is so for all; the table has the medians.
 */
export async function churn(options: RoundOptions): Promise<void> {
  const { rounds, seconds, connections, workers } = options;
  const app = 'http.cjs';
  const all = [onePlainProcess(app), ...contenders(app, workers), limit(app, workers)];
  console.log(
    `churn: ${connections} clients, a connection for each request, ${workers} workers, ${rounds} rounds of ${seconds} s; ` +
      `${loadGenerator}, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model}\n`,
  );
  const measured = await inRounds(all, rounds, (contender) => measure(contender, options));
  console.log(formatTable([header, ...[...measured].map(([contender, results]) => row(contender, results))]));
  if (!hasReusePort()) console.log('\nreusePort is missing: it needs Node 22.12.');
  compare(measured);
}

async function measure(
  contender: Contender,
  { seconds, connections, workers }: RoundOptions,
): Promise<Measurement> {
  const running = await Running.start(contender, port, workers);
  try {
    await load({ port, connections, seconds: warmUpSeconds });
    const before = cpuTime(running.pid);
    const { requests, p50Ms, p99Ms, errors } = await load({ port, connections, seconds });
    const after = cpuTime(running.pid);
    const usPerConnection = (ns: number): number => ns / 1000 / requests;
    return {
      requestsPerSecond: requests / seconds,
      p50Ms,
      p99Ms,
      primaryUs: contender.hasPrimary ? usPerConnection(after.primary - before.primary) : 0,
      allUs: usPerConnection(after.all - before.all),
      errors,
    };
  } finally {
    await running.stop();
  }
}

const header = ['', 'requests/s', 'p50 ms', 'p99 ms', 'primary µs/conn', 'all processes µs/conn', 'errors'];

function row({ name, hasPrimary }: Contender, results: Measurement[]): string[] {
  const middle = (pick: (result: Measurement) => number): number => median(results.map(pick));
  return [
    name,
    middle((result) => result.requestsPerSecond).toFixed(0),
    formatMs(middle((result) => result.p50Ms)),
    formatMs(middle((result) => result.p99Ms)),
    hasPrimary ? middle((result) => result.primaryUs).toFixed(1) : '–',
    middle((result) => result.allUs).toFixed(0),
    String(results.reduce((sum, { errors }) => sum + errors, 0)),
  ];
}

function formatMs(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(1);
}

function compare(measured: Map<Contender, Measurement[]>): void {
  const of = (name: string): Measurement[] =>
    [...measured].find(([contender]) => contender.name === name)?.[1] ?? [];
  const ratios = (name: string, peer: string, pick: (result: Measurement) => number): string =>
    `× ${ratioOf(of(name), of(peer), pick).text}`;
  const rate = (result: Measurement): number => result.requestsPerSecond;
  const primary = (result: Measurement): number => result.primaryUs;
  const all = (result: Measurement): number => result.allUs;

  const cluster = 'node:cluster, round-robin';
  console.log(`\nAgainst ${cluster}, in the same round: median (lowest–highest)`);
  for (const name of ['Baton, round-robin', 'Baton']) {
    console.log(
      `  ${name}: requests/s ${ratios(name, cluster, rate)}, primary CPU ${ratios(name, cluster, primary)}, ` +
        `all CPU ${ratios(name, cluster, all)}`,
    );
  }
  if (hasReusePort()) {
    const name = 'Baton, listeners';
    console.log(
      `\nAgainst reusePort:\n  ${name}: requests/s ${ratios(name, 'reusePort', rate)}, all CPU ${ratios(name, 'reusePort', all)}`,
    );
  }
  console.log('\nAgainst the limit, a bare loop of accept4, sendmsg and close to the same workers:');
  for (const name of ['Baton, round-robin', 'Baton'])
    console.log(`  ${name}: primary CPU ${ratios(name, 'limit', primary)}`);
}
