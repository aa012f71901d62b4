import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { contenders, onePlainProcess, Running, type Contender } from './contenders.js';
import { cpuTime } from './cpu.js';
import { runWrk } from './load.js';
import { inRounds, ratioOf, type RoundOptions } from './rounds.js';
import { formatTable, mark, median } from './table.js';

/** One contender in one round. */
interface Measurement {
  requestsPerSecond: number;
  /** CPU microseconds of all processes for each request. */
  allUs: number;
  errors: number;
}

const port = 3997;
const warmUpSeconds = 1;
const app = 'http.cjs';

/** Of Node's own time for a request, counting may take this part at most; and of its requests, so many must be left. */
const mostShare = 0.01;
const leastRate = 0.98;

/** Requests on connections that are kept open: what it costs to count and time them, and what Baton costs at all once a connection is there. */
export async function keepalive(options: RoundOptions): Promise<void> {
  const { rounds, seconds, connections, workers } = options;
  const baton = contenders(app, workers).find(({ name }) => name === 'Baton');
  const cluster = contenders(app, workers).find(({ name }) => name === 'node:cluster, round-robin');
  if (baton === undefined || cluster === undefined) throw new Error('a contender has another name now');
  const uncounted = withoutRequestMetrics(baton);
  const plain = onePlainProcess(app);
  console.log(
    `keepalive: ${connections} connections, ${workers} workers, ${rounds} rounds of ${seconds} s; wrk, Node ${process.version}, ` +
      `${availableParallelism()} × ${cpus()[0]?.model}\n`,
  );
  const measured = await inRounds([plain, cluster, uncounted, baton], rounds, (one) => measure(one, options));
  console.log(formatTable([header, ...[...measured].map(([contender, results]) => row(contender, results))]));

  const of = (one: Contender): Measurement[] => measured.get(one) ?? [];
  const rate = ratioOf(of(baton), of(uncounted), (one) => one.requestsPerSecond);
  const cpu = ratioOf(of(baton), of(uncounted), (one) => one.allUs);
  console.log(
    `\ncounted ÷ not counted: requests/s ${rate.text}, at least ${leastRate} ${mark(rate.middle >= leastRate)}; all CPU ${cpu.text}`,
  );
  const countNs = costOf('counted') - costOf('uncounted');
  const ownNs = median(of(plain).map(({ allUs }) => allUs)) * 1000;
  console.log(
    `to count a request: ${countNs.toFixed(0)} ns, ${((countNs / ownNs) * 100).toFixed(2)} % of the ${(ownNs / 1000).toFixed(0)} µs that ` +
      `one plain process takes for it, at most ${mostShare * 100} % ${mark(countNs / ownNs <= mostShare)}`,
  );
}

function withoutRequestMetrics({ name, args, ...contender }: Contender): Contender {
  const [program = '', ...rest] = args;
  return {
    name: `${name}, requests not counted`,
    args: [program, '--no-request-metrics', ...rest],
    ...contender,
  };
}

async function measure(
  contender: Contender,
  { seconds, connections, workers }: RoundOptions,
): Promise<Measurement> {
  const running = await Running.start(contender, port, workers);
  try {
    await runWrk({ port, connections, seconds: warmUpSeconds }, []);
    const before = cpuTime(running.pid);
    const { requests, errors } = await runWrk({ port, connections, seconds }, []);
    const after = cpuTime(running.pid);
    return {
      requestsPerSecond: requests / seconds,
      allUs: (after.all - before.all) / 1000 / requests,
      errors,
    };
  } finally {
    await running.stop();
  }
}

/** Nanoseconds for what is done for each request, without Node's own part. */
function costOf(kind: 'counted' | 'uncounted'): number {
  const program = path.join(import.meta.dirname, '../apps/count-cost.mjs');
  return Number(execFileSync(process.execPath, [program, kind], { encoding: 'utf8' }));
}

const header = ['', 'requests/s', 'all processes µs/request', 'errors'];

function row({ name }: Contender, results: Measurement[]): string[] {
  const middle = (pick: (result: Measurement) => number): number => median(results.map(pick));
  return [
    name,
    middle((result) => result.requestsPerSecond).toFixed(0),
    middle((result) => result.allUs).toFixed(1),
    String(results.reduce((sum, { errors }) => sum + errors, 0)),
  ];
}
