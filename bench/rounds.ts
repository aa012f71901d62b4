import type { Contender } from './contenders.js';

/**
 * Measures all contenders in each round, forwards and backwards, so that a machine that is slower for a while is so for all.
 * What each has measured, round by round.
 */
export async function inRounds<T>(
  all: Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<T>,
): Promise<Map<Contender, T[]>> {
  const measured = new Map<Contender, T[]>(all.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    const inTurn = round % 2 === 0 ? all : all.toReversed();
    for (const contender of inTurn) measured.get(contender)?.push(await measure(contender));
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return measured;
}
