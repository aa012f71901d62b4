import { Primary } from '../primary/primary.js';
import type { PrimaryOptions } from '../options.js';
import { Reporter } from './reporter.js';

/** What the command line gives; the rest of a primary's options keep their defaults. */
export type RunOptions = Pick<
  PrimaryOptions,
  'app' | 'args' | 'workers' | 'policy' | 'metrics' | 'import' | 'require'
>;

/** Runs an app until a signal ends it. Throws what keeps it from starting. */
export async function run(options: RunOptions, version: string): Promise<void> {
  const primary = new Primary(options);
  const reporter = new Reporter(primary);
  let signalled = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    reporter.stopping(signal, signalled);
    const ended = signalled ? primary.kill() : primary.stop();
    signalled = true;
    await ended;
  };
  // While a listener is there the signal's default, to end the process at once, is off.
  const onSignal = (signal: NodeJS.Signals): void => void stop(signal);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await primary.start();
    reporter.started(version);
  } catch (error) {
    if (!signalled) throw error;
  } finally {
    if (signalled) await primary.stop();
  }
}
