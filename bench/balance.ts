import { Primary, type PrimaryOptions } from '@baton/core';
import path from 'node:path';
import { header, missedOf, rowOf, type Step } from './balance-table.js';
import { KeptClients } from './kept-clients.js';
import { sharesOf, watch } from './shares.js';
import { formatTable } from './table.js';

export interface BalanceOptions {
  /** How many workers there are, one after the other. */
  workerCounts: number[];
  /** One of the kinds; all where it is not given. */
  policy: string | undefined;
  probationMs: number;
  /** Connections are opened in bursts only. */
  isQuick: boolean;
  /** Ten seconds are waited for even where shares are level before. */
  isWhole: boolean;
}

const connections = 200;
const reloads = 5;
const app = path.join(import.meta.dirname, '../apps/keeps.cjs');
/** A worker's event loop is busy for a while after its start. */
const afterStartMs = 500;
/** From a worker's end until its clients have heard of it. */
const afterEndMs = 50;

export const kinds = {
  'least-loaded': { policy: 'least-loaded' },
  'round-robin': { policy: 'round-robin' },
  listeners: { handoff: 'listeners' },
} satisfies Record<string, Partial<PrimaryOptions>>;

const bursts = { 'in five bursts of 40': 40 };
const openings = { 'one by one': 1, ...bursts };

/**
 * Whether every worker has its share of long connections, after they were opened, after reloads, a kill and scaling, and whether the
 * light traffic on them notices.
 */
export async function balance(options: BalanceOptions): Promise<void> {
  const { workerCounts, policy, isQuick } = options;
  const chosen = Object.entries(kinds).filter(([kind]) => policy === undefined || kind === policy);
  console.log(describe(options));
  const missed: string[] = [];
  for (const [kind, ofKind] of chosen) {
    for (const workers of workerCounts) {
      for (const [opening, atATime] of Object.entries(isQuick ? bursts : openings)) {
        const title = `${kind}, ${workers} workers, opened ${opening}`;
        const steps = await measure(ofKind, workers, atATime, options);
        const isKernels = kind === 'listeners';
        console.log(`${title}\n${formatTable([header, ...steps.map((step) => rowOf(step, isKernels))])}\n`);
        missed.push(...steps.flatMap((step) => missedOf(step, isKernels)).map((what) => `${title}, ${what}`));
      }
    }
  }
  console.log(
    missed.length === 0 ? 'Nothing missed.' : `Missed, ${missed.length} figures:\n  ${missed.join('\n  ')}`,
  );
}

function describe({ workerCounts, probationMs, isWhole }: BalanceOptions): string {
  return [
    `balance: ${connections} keep-alive connections, on each a request a second; ${workerCounts.join(', ')} workers; probation ` +
      `${probationMs} ms; Node ${process.version}`,
    'Largest and smallest share ÷ mean, by the primary’s ledgers. Targets of the largest: 1.10 at once after opening and reloads, and ' +
      'within 5 s after a kill or scale; 1.05, or one connection above the mean, 10 s after each. In listener handoff the kernel ' +
      'chooses: the last figure only. ✓ met, ✗ missed.',
    isWhole
      ? 'Each figure is waited for in full.'
      : 'Shares that have met the last target for a second are waited for no longer (--whole: ten seconds in any case).',
    'lost: connections that ended under their client, with or without a request on them, besides those of the killed worker: 0 is the target.\n',
  ].join('\n');
}

async function measure(
  ofKind: Partial<PrimaryOptions>,
  workers: number,
  atATime: number,
  { probationMs, isWhole }: BalanceOptions,
): Promise<Step[]> {
  const env = { ...process.env, PORT: '0' };
  const primary = new Primary({ app, workers, probationMs, metrics: false, env, ...ofKind });
  await primary.start();
  await delay(afterStartMs);
  const clients = new KeptClients(primary.addresses[0]?.port ?? 0, connections);
  const steps: Step[] = [];
  /** `work` resolves with when it began to count, if that was not at its end. */
  const step = async (
    name: string,
    dueS: 0 | 5,
    count: number,
    work: () => Promise<number | void>,
  ): Promise<Step> => {
    const since = (await work()) ?? performance.now();
    const watched = await watch(() => sharesOf(primary, count), since, isWhole);
    const done = { name, dueS, watched, lost: clients.takeLost() };
    steps.push(done);
    return done;
  };
  try {
    await step('opened', 0, workers, () => clients.open(atATime));
    await step(`${reloads} reloads`, 0, workers, async () => {
      for (let i = 0; i < reloads; i++) await primary.reload();
    });
    let ofVictim = 0;
    const killed = await step('kill', 5, workers, async () => {
      [ofVictim = 0] = sharesOf(primary, workers);
      const killedAt = performance.now();
      await killFirstWorker(primary);
      await clients.allOpen();
      return killedAt;
    });
    killed.lost = Math.max(0, killed.lost - ofVictim);
    await step(`scaled to ${workers * 2}`, 5, workers * 2, () => primary.scale(workers * 2));
    await step(`scaled to ${workers}`, 5, workers, () => primary.scale(workers));
    await checkAgainstAnswers(clients, primary, workers);
  } finally {
    clients.close();
    await primary.stop();
  }
  return steps;
}

/** The clients must see the shares that the ledgers show. */
async function checkAgainstAnswers(clients: KeptClients, primary: Primary, workers: number): Promise<void> {
  const before = sharesOf(primary, workers);
  const answers = await clients.slots();
  const seen = before.map((_, slot) => answers.get(slot) ?? 0);
  const after = sharesOf(primary, workers);
  const isStill = before.join('/') === after.join('/');
  if (isStill && seen.join('/') !== after.join('/'))
    throw new Error(`ledgers show ${after.join('/')} connections, but ${seen.join('/')} answer`);
}

/** Resolves when its clients know. */
async function killFirstWorker(primary: Primary): Promise<void> {
  const victim = primary.snapshot().workers.find(({ slot, state }) => slot === 0 && state === 'ready');
  if (victim?.pid === undefined) throw new Error('slot 0 has no worker that is ready');
  const ended = new Promise<void>((resolve) => {
    primary.on('worker', ({ id, state }) => {
      if (id === victim.id && state === 'crashed') resolve();
    });
  });
  process.kill(victim.pid, 'SIGKILL');
  await ended;
  await delay(afterEndMs);
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
