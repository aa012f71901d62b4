/** How long what was written may take to be read. */
const unreadMs = 1_000;

/**
 * Nothing is left to do: the process ends by itself, and soon also where nobody reads its output, for which it would wait for ever. A signal
 * that comes at the last moment changes nothing: without exit(), Node stops listening for signals some milliseconds before it ends, and
 * would die of one.
 */
export function endSoon(): void {
  process.once('beforeExit', () => process.exit());
  setTimeout(() => process.exit(), unreadMs).unref();
}
