import { contenders, Running } from './contenders.js';
import { descendants } from './cpu.js';
import { openLoop, patienceMs, type Outcome } from './open-loop.js';
import { inRounds, type RoundOptions } from './rounds.js';
import type { Report } from './report.js';

const port = 3998;
const perSecond = 600;

/** A worker is killed every second, under an open-loop load of new connections. */
export async function kills({
  rounds,
  seconds,
  workers,
}: Omit<RoundOptions, 'connections'>): Promise<Report> {
  const all = contenders('waits.cjs', workers);
  const measured = await inRounds(all, rounds, async (contender) => {
    const running = await Running.start(contender, port, workers);
    const killing = setInterval(() => killOne(running.pid), 1_000);
    try {
      return await openLoop({ port, perSecond, seconds });
    } finally {
      clearInterval(killing);
      await running.stop();
    }
  });
  const rows = [...measured].map(([{ name }, each]) => row(name, each.flat()));
  const of = (name: string): string[] => rows.find(([first]) => first === name) ?? [];
  const [, requests = '', failed = '', hung = ''] = of('Baton');
  const [, , clusterFailed = '', clusterHung = ''] = of('node:cluster, round-robin');
  return {
    settings:
      `${perSecond} new connections a second for ${seconds} s, ${workers} workers, one of which is killed every second, ` +
      `${rounds} rounds; Node ${process.version}.`,
    table: [['', 'requests', 'failed', 'hung'], ...rows],
    notes: [
      'A killed worker loses the requests that it was executing; what waited for it in a queue need not be lost. A request has hung when it had no ' +
        `answer and no error for ${patienceMs / 1000} s.`,
    ],
    facts: { requests, failed, hung, clusterFailed, clusterHung },
  };
}

function row(name: string, outcomes: Outcome[]): string[] {
  const failed = outcomes.filter(({ text, hung }) => text === undefined && !hung);
  const hung = outcomes.filter((outcome) => outcome.hung);
  return [name, ...[outcomes, failed, hung].map(({ length }) => String(length))];
}

let killed = 0;

function killOne(primary: number): void {
  const workers = descendants(primary);
  const pid = workers[killed++ % workers.length];
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}
