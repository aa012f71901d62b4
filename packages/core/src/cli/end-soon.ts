/** How long what was written may take to be read. */
const unreadMs = 1_000;

/** Nothing is left to do: the process ends by itself, and soon also where nobody reads its output, for which it would wait for ever. */
export function endSoon(): void {
  setTimeout(() => process.exit(), unreadMs).unref();
}
