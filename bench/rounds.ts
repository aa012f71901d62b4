import type { Contender } from './contenders.js';

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
