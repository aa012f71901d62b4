import path from 'node:path';
import { contenders, Running, type Contender } from './contenders.js';
import { cpuTime, descendants, userTime } from './cpu.js';
import { HAProxy, haproxyVersion } from './haproxy.js';
import { loadGenerator, runWrk } from './load.js';
import { inRounds, ratioOf, type RoundOptions } from './rounds.js';
import { connectionsOf } from './sockets.js';
import { formatTable, mark, median } from './table.js';

/** One contender in one round. */
interface Measurement {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** User-mode CPU microseconds for each request. */
  workersUserUs: number;
  primaryUserUs: number;
  /** In user and kernel mode. */
  allUs: number;
  errors: number;
  /** Of the proxy's connections, how many each worker has. */
  shares: number[];
}

const appPort = 3995;
const port = 3994;
const kept = 32;
const warmUpSeconds = 1;
const script = path.join(import.meta.dirname, '../posts.lua');
const cluster = 'node:cluster, round-robin';
const names = new Set([cluster, 'Baton', 'Baton, listeners']);

/** The app behind a proxy that has few connections to it, keeps them, and sends all requests over them. */
export async function proxy(options: RoundOptions): Promise<void> {
  const { rounds, seconds, connections, workers } = options;
  const version = haproxyVersion();
  if (version === undefined || loadGenerator !== 'wrk') {
    const missing = [
      ...(version === undefined ? ['haproxy'] : []),
      ...(loadGenerator === 'wrk' ? [] : ['wrk']),
    ];
    console.log(
      `proxy: not installed, and needed: ${missing.join(', ')} (the Debian packages of these names).`,
    );
    return;
  }
  console.log(
    `proxy: ${connections} keep-alive clients post up to 60 KB through HAProxy ${version} with ${kept} kept connections (http-reuse ` +
      `always), ${workers} workers, ${rounds} rounds of ${seconds} s; wrk, Node ${process.version}\n`,
  );
  const all = contenders('posts.cjs', workers).filter(({ name }) => names.has(name));
  const measured = await inRounds(all, rounds, (contender) => measure(contender, options));
  console.log(formatTable([header, ...[...measured].map(([{ name }, results]) => row(name, results))]));
  const peers = [...measured].find(([{ name }]) => name === cluster)?.[1] ?? [];
  console.log(`\nAgainst ${cluster}, in the same round: median (lowest–highest); ✓ met, ✗ missed`);
  for (const [{ name }, results] of measured) if (name !== cluster) compare(name, results, peers);
}

async function measure(contender: Contender, options: RoundOptions): Promise<Measurement> {
  const { seconds, connections, workers } = options;
  const running = await Running.start(contender, appPort, workers);
  try {
    const haproxy = await HAProxy.start({ port, appPort, connections: kept });
    try {
      const load = (seconds: number): ReturnType<typeof runWrk> =>
        runWrk({ port, connections, seconds }, ['-s', script]);
      await load(warmUpSeconds);
      const [user, all] = [userTime(running.pid), cpuTime(running.pid)];
      const { requests, p50Ms, p99Ms, errors } = await load(seconds);
      const [userAfter, allAfter] = [userTime(running.pid), cpuTime(running.pid)];
      const usPerRequest = (ns: number): number => ns / 1_000 / requests;
      const primaryUser = userAfter.primary - user.primary;
      return {
        requestsPerSecond: requests / seconds,
        p50Ms,
        p99Ms,
        workersUserUs: usPerRequest(userAfter.all - user.all - primaryUser),
        primaryUserUs: usPerRequest(primaryUser),
        allUs: usPerRequest(allAfter.all - all.all),
        errors,
        shares: descendants(running.pid).map((worker) => connectionsOf(worker, appPort)),
      };
    } finally {
      await haproxy.stop();
    }
  } finally {
    await running.stop();
  }
}

const header = [
  '',
  'requests/s',
  'p50 ms',
  'p99 ms',
  'workers: user µs/request',
  'primary: user µs/request',
  'all: CPU µs/request',
  'errors',
  'connections of each worker, by round',
];

function row(name: string, results: Measurement[]): string[] {
  const middle = (pick: (result: Measurement) => number): number => median(results.map(pick));
  return [
    name,
    middle((result) => result.requestsPerSecond).toFixed(0),
    middle((result) => result.p50Ms).toFixed(1),
    middle((result) => result.p99Ms).toFixed(1),
    middle((result) => result.workersUserUs).toFixed(1),
    middle((result) => result.primaryUserUs).toFixed(1),
    middle((result) => result.allUs).toFixed(1),
    String(results.reduce((sum, { errors }) => sum + errors, 0)),
    results.map(({ shares }) => shares.join('/')).join(' '),
  ];
}

function compare(name: string, results: Measurement[], peers: Measurement[]): void {
  const rate = ratioOf(results, peers, ({ requestsPerSecond }) => requestsPerSecond);
  const p99 = ratioOf(results, peers, ({ p99Ms }) => p99Ms);
  const user = ratioOf(results, peers, ({ workersUserUs }) => workersUserUs);
  console.log(
    `  ${name}: requests/s × ${rate.text} ${mark(rate.middle >= 1)} (target ≥ 1), p99 × ${p99.text} ${mark(p99.middle <= 1)} ` +
      `(target ≤ 1), user time of the workers × ${user.text}`,
  );
}
