import http from 'node:http';
import type net from 'node:net';
import { contenders, Running } from './contenders.js';
import { patienceMs } from './open-loop.js';
import type { Report } from './report.js';
import { inRounds, type RoundOptions } from './rounds.js';

/** One client in one round. */
interface Outcome {
  answered: number;
  failed: number;
  /** Connections that it had to open besides its first. */
  reopened: number;
}

const port = 3996;
const clients = 50;
const perSecond = 500;
const reloadEveryMs = 2_500;

/** All workers are replaced again and again under clients that keep their connections open. Each asks at its times, as an open loop. */
export async function reload({
  rounds,
  seconds,
  workers,
}: Omit<RoundOptions, 'connections'>): Promise<Report> {
  // With reusePort, nobody has the sockets of those that go.
  const all = contenders('http.cjs', workers, ['--probation', '200']).filter(
    ({ name }) => !['reusePort', 'Baton, round-robin'].includes(name),
  );
  const reloadsInRound = Math.ceil((seconds * 1_000) / reloadEveryMs) - 1;
  const measured = await inRounds(all, rounds, async (contender) => {
    const running = await Running.start(contender, port, workers);
    let left = reloadsInRound;
    const reloading = setInterval(() => {
      if (left-- > 0) process.kill(running.pid, 'SIGHUP');
    }, reloadEveryMs);
    try {
      return await Promise.all(Array.from({ length: clients }, (_, number) => keepAsking(number, seconds)));
    } finally {
      clearInterval(reloading);
      await running.stop();
    }
  });
  const rows = [...measured].map(([{ name }, each]) => row(name, each.flat()));
  const of = (name: string): string[] => rows.find(([first]) => first === name) ?? [];
  const [, requests = '', failed = '', reopened = ''] = of('Baton');
  const [, , clusterFailed = '', clusterReopened = ''] = of('node:cluster, round-robin');
  const reloads = String(reloadsInRound * rounds);
  return {
    settings:
      `${clients} clients with a keep-alive connection each, ${perSecond} requests a second for ${seconds} s, ${workers} workers, ` +
      `all of which are replaced every ${reloadEveryMs / 1_000} s, ${rounds} rounds with ${reloads} reloads in all; Node ${process.version}.`,
    table: [['', 'requests', 'failed', 'connections opened anew'], ...rows],
    notes: [
      'node:cluster is reloaded as its users do it: a new worker listens, then an old one disconnects. A request has failed when its connection was reset, or ended ' +
        `without an answer, or took more than ${patienceMs / 1_000} s.`,
    ],
    facts: { reloads, requests, failed, reopened, clusterFailed, clusterReopened },
  };
}

/** A client asks at its times for so long, on one connection as long as that lasts. */
async function keepAsking(number: number, seconds: number): Promise<Outcome> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const outcome: Outcome = { answered: 0, failed: 0, reopened: 0 };
  const opened = new Set<net.Socket>();
  const everyMs = (1_000 * clients) / perSecond;
  const startsAt = performance.now() + (number * everyMs) / clients;
  const asked: Promise<boolean>[] = [];
  for (let turn = 0; turn < (seconds * 1_000) / everyMs; turn++) {
    const dueInMs = startsAt + turn * everyMs - performance.now();
    if (dueInMs > 0) await new Promise((resolve) => setTimeout(resolve, dueInMs));
    asked.push(ask(agent, opened));
  }
  for (const isAnswered of await Promise.all(asked)) outcome[isAnswered ? 'answered' : 'failed'] += 1;
  outcome.reopened = opened.size - 1;
  agent.destroy();
  return outcome;
}

/** `opened`: all connections of the client so far. */
function ask(agent: http.Agent, opened: Set<net.Socket>): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', agent, timeout: patienceMs });
    request
      .on('socket', (socket) => opened.add(socket))
      .on('response', (response) => response.on('end', () => resolve(response.statusCode === 200)).resume())
      .on('timeout', () => request.destroy())
      .on('close', () => resolve(false))
      .on('error', () => resolve(false));
  });
}

function row(name: string, outcomes: Outcome[]): string[] {
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  return [
    name,
    String(sum(({ answered, failed }) => answered + failed)),
    String(sum(({ failed }) => failed)),
    String(sum(({ reopened }) => reopened)),
  ];
}
