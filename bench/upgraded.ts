import { once } from 'node:events';
import http from 'node:http';
import { contenders, Running, type Contender } from './contenders.js';
import { load, loadGenerator, type LoadResult } from './load.js';
import { inTurn, ratioOf } from './rounds.js';
import { formatTable, mark, median } from './table.js';
import { UpgradedClients } from './upgraded-clients.js';

export interface UpgradedOptions {
  rounds: number;
  seconds: number;
  connections: number;
  workers: number;
}

const port = 3996;
const count = 500;
const warmUpSeconds = 1;
const patienceMs = 10_000;
const names = new Set(['node:cluster, round-robin', 'Baton, round-robin', 'Baton']);
/** Processor time that the app takes for a request. */
const works = [1, 0];

interface Subject {
  contender: Contender;
  workMs: number;
  isHeld: boolean;
}

/**
 * A connection for each request, while one of several workers holds connections that were upgraded and say nothing, against the same
 * without them. Nobody can move them, so all are in the first worker where they are opened before there is a second.
 */
export async function upgraded(options: UpgradedOptions): Promise<void> {
  const { rounds, seconds, connections, workers } = options;
  console.log(
    `upgraded: ${connections} clients, a connection for each request, ${workers} workers, one of which holds ${count} silent upgraded ` +
      `connections, against the same without them; ${rounds} rounds of ${seconds} s; ${loadGenerator}, Node ${process.version}\n` +
      'Targets of Baton: requests/s ≥ 0.95 ×, p99 ≤ 1.1 ×. ✓ met, ✗ missed.\n',
  );
  const pairs = works.flatMap((workMs) =>
    contenders('upgrades.cjs', 1)
      .filter(({ name }) => names.has(name))
      .map((contender) => ({ name: `${contender.name}, ${workMs} ms of work`, contender, workMs })),
  );
  const turns = pairs.flatMap(({ name, contender, workMs }) => [
    { name, subject: { contender, workMs, isHeld: false } },
    { name: `${name}, held`, subject: { contender, workMs, isHeld: true } },
  ]);
  const measured = await inTurn(turns, rounds, (subject) => measure(subject, options));
  const rows = pairs.map(({ name }) =>
    row(name, measured.get(name) ?? [], measured.get(`${name}, held`) ?? [], seconds),
  );
  console.log(formatTable([header, ...rows]));
}

async function measure(
  { contender, workMs, isHeld }: Subject,
  { seconds, connections, workers }: UpgradedOptions,
): Promise<LoadResult> {
  const env = { ...contender.env, WORK_MS: String(workMs) };
  const running = await Running.start({ ...contender, env }, port, 1);
  const held = await UpgradedClients.open(port, isHeld ? count : 0);
  try {
    // One that starts does not hear of another yet.
    await haveAnswered(1);
    for (let i = 1; i < workers; i++) {
      process.kill(running.pid, 'SIGTTIN');
      await haveAnswered(i + 1);
    }
    await load({ port, connections, seconds: warmUpSeconds });
    const result = await load({ port, connections, seconds });
    return { ...result, errors: result.errors + held.lost };
  } finally {
    held.close();
    await running.stop();
  }
}

async function askPid(): Promise<string> {
  const [response] = (await once(http.get({ port, host: '127.0.0.1', agent: false }), 'response')) as [
    http.IncomingMessage,
  ];
  let pid = '';
  for await (const text of response.setEncoding('utf8')) pid += String(text);
  return pid;
}

/** Resolves when so many workers have answered. */
async function haveAnswered(workers: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  const pids = new Set<string>();
  while (pids.size < workers) {
    if (performance.now() > deadline)
      throw new Error(`only ${pids.size} of ${workers} workers have answered within ${patienceMs} ms`);
    // Side by side: of a few, none would go to a worker that has more connections than its share.
    await Promise.all(Array.from({ length: 32 }, async () => pids.add(await askPid())));
  }
}

const header = [
  '',
  'requests/s without',
  'with',
  'ratio in a round',
  'p99 ms without',
  'with',
  'ratio in a round',
  'errors',
];

function row(name: string, without: LoadResult[], held: LoadResult[], seconds: number): string[] {
  const rate = ({ requests }: LoadResult): number => requests / seconds;
  const p99 = ({ p99Ms }: LoadResult): number => p99Ms;
  const middle = (results: LoadResult[], pick: (result: LoadResult) => number): number =>
    median(results.map(pick));
  const rates = ratioOf(held, without, rate);
  const p99s = ratioOf(held, without, p99);
  const judge = (isMet: boolean): string => (name.startsWith('Baton') ? mark(isMet) : ' ');
  const errors = [...without, ...held].reduce((sum, result) => sum + result.errors, 0);
  return [
    name,
    middle(without, rate).toFixed(0),
    middle(held, rate).toFixed(0),
    `${rates.text} ${judge(rates.middle >= 0.95)}`,
    middle(without, p99).toFixed(1),
    middle(held, p99).toFixed(1),
    `${p99s.text} ${judge(p99s.middle <= 1.1)}`,
    String(errors),
  ];
}
