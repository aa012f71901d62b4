/** The candidate that a mistyped word was most likely meant to be, if one is like it. */
export function nearest(given: string, candidates: readonly string[]): string | undefined {
  const word = plain(given);
  if (word.length < 3) return undefined;
  const longer = candidates.find((candidate) => plain(candidate).startsWith(word));
  if (longer !== undefined) return longer;
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: edits(word, plain(candidate)) }))
    .toSorted((one, other) => one.edits - other.edits);
  const most = word.length < 5 ? 1 : Math.max(2, word.length / 3);
  return best !== undefined && best.edits <= most ? best.candidate : undefined;
}

/** `stall-after`, `stall_after` and `stallAfter` are one word. */
function plain(word: string): string {
  return word.replaceAll(/[-_]/g, '').toLowerCase();
}

/** Levenshtein's distance: how many letters to insert, drop or replace. */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (row[column - 1] ?? 0) + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
