import { defaultName } from '../control/default-name.js';
import type { ControlServer } from '../control/server.js';
import { startControl } from '../control/start.js';
import { BatonError } from '../errors.js';
import { Primary } from '../primary/primary.js';
import type { PrimaryOptions } from '../options.js';
import { controlledBy } from './controlled-by.js';
import { reapOrphans } from './init.js';
import { Reporter, say } from './reporter.js';

/** What the command line gives; the rest of a primary's options keep their defaults. */
export type RunOptions = ControlOptions &
  Pick<
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

interface ControlOptions {
  /** Whether there is a control socket. Default true. */
  control?: boolean;
  /** The name of the control socket. Default: see {@link defaultName}. */
  name?: string;
}

/** Shells and process managers often send a signal twice, to the group and to the process: that is one order to stop. */
const sameSignalMs = 500;

/** Runs an app until a signal ends it. Throws what keeps it from starting. */
export async function run(given: RunOptions, version: string): Promise<void> {
  const { control: isControlled = true, name = defaultName(process.cwd()), ...options } = given;
  if (process.pid === 1) reapOrphans();
  const primary = new Primary(options);
  const reporter = new Reporter(primary);
  let firstSignalAt: number | undefined;
  let control: ControlServer | undefined;
  const end = async (): Promise<void> => {
    await primary.stop();
    await control?.stop();
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    const now = performance.now();
    if (firstSignalAt !== undefined && now - firstSignalAt < sameSignalMs) return;
    reporter.stopping(signal, firstSignalAt !== undefined);
    const ended = firstSignalAt === undefined ? end() : primary.kill();
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
    if (isControlled) control = await startControl(controlledBy(primary, name, version), { name }, say);
    await primary.start();
    reporter.started(version, control && name);
  } catch (error) {
    await control?.stop();
    // By a signal, or through the control socket.
    const wasStopped = error instanceof BatonError && error.code === 'BATON_STOPPED';
    if (firstSignalAt === undefined && !wasStopped) throw error;
  } finally {
    if (firstSignalAt !== undefined) await end();
  }
}
