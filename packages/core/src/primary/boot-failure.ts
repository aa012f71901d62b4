import { describeExit, type WorkerHandle } from './worker-handle.js';

/** Of workers none of which became ready: how they ended, and what to do, for people. */
export function describeBootFailure(
  workers: readonly WorkerHandle[],
  { exit, spawnError, release }: WorkerHandle,
): [how: string, hint: string] {
  const { realDirectory, options } = release;
  if (spawnError !== undefined) {
    const hint = `Check that the user that runs Baton may execute ${process.execPath} in ${realDirectory}, and has not reached its limit of processes.`;
    return [spawnError.message, hint];
  }
  const how = `each ended ${exit === undefined ? '' : describeExit(exit)}`;
  if (workers.some(({ hasWritten }) => hasWritten)) return [how, "The app's own output above says why."];
  if (exit?.code === 0) return [how, 'Baton runs servers: the app must listen, and keep running.'];
  const command = ['node', options.app, ...options.args].map(forShell).join(' ');
  return [how, `To see why, run it by itself: ${command}`];
}

/** A word as a shell reads it. */
function forShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
