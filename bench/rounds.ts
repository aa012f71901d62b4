import type { Contender } from './contenders.js';
import { median } from './table.js';

/** What rounds of load are made of. */
export interface RoundOptions {
  rounds: number;
  /** Of one contender, in one round. */
  seconds: number;
  connections: number;
  workers: number;
}

/** One of those that are measured in turn. */
export interface Turn<T> {
  name: string;
  subject: T;
}

/**
 * Measures all in each round, forwards and backwards, so that a machine that is slower for a while is so for all. What each has
 * measured, round by round.
 */
export async function inTurn<T, R>(
  all: readonly Turn<T>[],
  rounds: number,
  measure: (subject: T) => Promise<R>,
): Promise<Map<string, R[]>> {
  const measured = new Map<string, R[]>(all.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, subject } of round % 2 === 0 ? all : all.toReversed())
      measured.get(name)?.push(await measure(subject));
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return measured;
}

/** The same for contenders. */
export async function inRounds<R>(
  all: Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<R>,
): Promise<Map<Contender, R[]>> {
  const turns = all.map((contender) => ({ name: contender.name, subject: contender }));
  const measured = await inTurn(turns, rounds, measure);
  return new Map(all.map((contender) => [contender, measured.get(contender.name) ?? []]));
}

/** What one has measured ÷ what its peer has, within each round, which is what a noisy machine can tell. */
export interface Ratio {
  middle: number;
  /** With the lowest and the highest. */
  text: string;
}

export function ratioOf<R>(results: readonly R[], peers: readonly R[], pick: (result: R) => number): Ratio {
  const each = results.map((result, round) => pick(result) / pick(peers[round]!));
  const [middle, lowest, highest] = [median(each), Math.min(...each), Math.max(...each)];
  return { middle, text: `${middle.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})` };
}
