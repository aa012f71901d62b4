import { availableParallelism, cpus } from 'node:os';
import { contenders, hasReusePort, limit, onePlainProcess, Running, type Contender } from './contenders.js';
import { cpuTime } from './cpu.js';
import { load, loadGenerator } from './load.js';
import { inRounds, ratioOf, type Ratio, type RoundOptions } from './rounds.js';
import type { Report } from './report.js';
import { median } from './table.js';

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
export async function churn(options: RoundOptions): Promise<Report> {
  const { rounds, seconds, connections, workers } = options;
  const app = 'http.cjs';
  const all = [onePlainProcess(app), ...contenders(app, workers), limit(app, workers)];
  const measured = await inRounds(all, rounds, (contender) => measure(contender, options));
  return {
    settings:
      `${connections} clients, a connection for each request, ${workers} workers, ${rounds} rounds of ${seconds} s; ` +
      `${loadGenerator}, Node ${process.version}, ${availableParallelism()} × ${cpus()[0]?.model}. Medians of the rounds.`,
    table: [header, ...[...measured].map(([contender, results]) => row(contender, results))],
    ...compare(measured),
  };
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

/** Ratios within a round: median (lowest–highest). */
function compare(measured: Map<Contender, Measurement[]>): Pick<Report, 'notes' | 'facts'> {
  const of = (name: string): Measurement[] =>
    [...measured].find(([contender]) => contender.name === name)?.[1] ?? [];
  const ratio = (name: string, peer: string, pick: (result: Measurement) => number): Ratio =>
    ratioOf(of(name), of(peer), pick);
  const rate = (result: Measurement): number => result.requestsPerSecond;
  const primary = (result: Measurement): number => result.primaryUs;
  const all = (result: Measurement): number => result.allUs;

  const cluster = 'node:cluster, round-robin';
  const againstCluster = ['Baton, round-robin', 'Baton'].map(
    (name) =>
      `${name}: requests/s × ${ratio(name, cluster, rate).text}, processor time of the primary × ${ratio(name, cluster, primary).text}, ` +
      `of all processes × ${ratio(name, cluster, all).text}.`,
  );
  const listeners = 'Baton, listeners';
  const againstLimit = ['Baton, round-robin', 'Baton'].map(
    (name) => `${name}: processor time of the primary × ${ratio(name, 'limit', primary).text}.`,
  );
  const notes = [
    'Ratios are within a round: the median, with the lowest and the highest.',
    `Against ${cluster}. ${againstCluster.join(' ')}`,
    hasReusePort()
      ? `Against reusePort. ${listeners}: requests/s × ${ratio(listeners, 'reusePort', rate).text}, processor time of all processes × ` +
        `${ratio(listeners, 'reusePort', all).text}.`
      : 'reusePort is missing: it needs Node 22.12.',
    `Against the limit, a bare loop of accept4, sendmsg and close to the same workers. ${againstLimit.join(' ')}`,
  ];
  const facts = {
    rate: ratio('Baton', cluster, rate).middle.toFixed(1),
    primary: ratio('Baton', cluster, primary).middle.toFixed(2),
    all: ratio('Baton', cluster, all).middle.toFixed(2),
  };
  return { notes, facts };
}
