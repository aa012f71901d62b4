import { Primary } from '../primary/primary.js';
import type { PrimaryOptions } from '../options.js';
import { Reporter } from './reporter.js';

/** What the command line gives; the rest of a primary's options keep their defaults. */
export type RunOptions = Pick<
  PrimaryOptions,
  | 'app'
  | 'args'
  | 'workers'
  | 'handoff'
  | 'policy'
  | 'stallAfterMs'
  | 'maxOpenOffers'
  | 'queueTimeoutMs'
  | 'metrics'
  | 'import'
  | 'require'
>;

/** Shells and process managers often send a signal twice, to the group and to the process: that is one order to stop. */
const sameSignalMs = 500;

/** Runs an app until a signal ends it. Throws what keeps it from starting. */
export async function run(options: RunOptions, version: string): Promise<void> {
  const primary = new Primary(options);
  const reporter = new Reporter(primary);
  let firstSignalAt: number | undefined;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const now = performance.now();
    if (firstSignalAt !== undefined && now - firstSignalAt < sameSignalMs) return;
    reporter.stopping(signal, firstSignalAt !== undefined);
    const ended = firstSignalAt === undefined ? primary.stop() : primary.kill();
    firstSignalAt ??= now;
    await ended;
  };
  // Whoever read what is written here may be gone; that is no reason to end the service.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // While a listener is there the signal's default, to end the process at once, is off.
  const onSignal = (signal: NodeJS.Signals): void => void stop(signal);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await primary.start();
    reporter.started(version);
  } catch (error) {
    if (firstSignalAt === undefined) throw error;
  } finally {
    if (firstSignalAt !== undefined) await primary.stop();
  }
}
