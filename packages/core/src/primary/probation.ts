import { BatonError } from '../errors.js';
import type { ResolvedOptions } from '../options.js';
import type { Listener, ListenerTable } from './listener-table.js';
import { within } from './within.js';
import { describeExit, type WorkerHandle } from './worker-handle.js';

/** SIGKILL takes effect at once, unless the process waits for a device that does not answer. */
const killMs = 1_000;

/** How long a worker that is not up in time may take to show that its event loop turns. */
const answerMs = 1_000;

/** What a new worker has to do to take another's place. */
export interface Trial {
  readonly listeners: Pick<ListenerTable, 'servedBy'>;
  /** The listeners that it must serve, as of now. */
  expected: () => Listener[];
  /** Whether it fails without them. Else it is given `readyTimeoutMs` for them, and taken all the same. */
  insists: boolean;
  readonly options: Pick<ResolvedOptions, 'readyTimeoutMs' | 'probationMs'>;
}

/**
 * Resolves when the new worker is ready, serves what is expected, has lived with that through its probation, and its event loop
 * turns. Throws BATON_WORKER_FAILED, with the worker gone, or BATON_STOPPED.
 */
export async function passProbation(next: WorkerHandle, trial: Trial): Promise<void> {
  const fault = await findFault(next, trial);
  if (next.state !== 'starting' && next.state !== 'ready' && next.state !== 'crashed')
    throw new BatonError('BATON_STOPPED', []);
  if (fault === undefined) return;
  if (!next.hasExited) {
    if (next.state === 'starting') next.deadline = { of: 'ready', afterMs: trial.options.readyTimeoutMs };
    next.kill('SIGKILL');
    await within(killMs, next.exited);
  }
  throw workerFailed(next, fault);
}

/** The error of a worker that has failed, and how. */
export function workerFailed(worker: WorkerHandle, how: string): BatonError {
  const { slot, pid, failure, obstacle, spawnError } = worker;
  return new BatonError('BATON_WORKER_FAILED', [slot, pid, how, failure, obstacle], spawnError);
}

/** How a worker has ended, and when. */
export function describeFailedEnd({ exit, spawnError }: WorkerHandle, when: string): string {
  return spawnError
    ? `could not be started: ${spawnError.message}`
    : `ended ${exit ? describeExit(exit) : ''} ${when}`;
}

async function findFault(next: WorkerHandle, trial: Trial): Promise<string | undefined> {
  const { options, insists, listeners, expected } = trial;
  const { readyTimeoutMs, probationMs } = options;
  const missing = (): Listener[] => {
    const served = listeners.servedBy(next);
    return expected().filter((listener) => !served.includes(listener));
  };
  await within(
    readyTimeoutMs,
    next.until(() => next.state === 'ready' && missing().length === 0),
  );
  if (next.hasExited) return describeFailedEnd(next, next.wasReady ? beforeItServed : 'before it was ready');
  if (next.state !== 'ready') return describeUnready(next, trial);
  if (insists && missing().length > 0) return describeMissing(next, missing(), trial);

  const served = expected();
  next.probationEndsAt = performance.now() + probationMs;
  await within(probationMs, next.exited);
  const inProbation = `during its probation of ${probationMs} ms`;
  if (!next.hasExited) await within(readyTimeoutMs, next.probe());
  if (next.hasExited) return describeFailedEnd(next, inProbation);
  if (!next.hasAnswered)
    return `is blocked: its event loop has not turned for ${readyTimeoutMs} ms after its probation of ${probationMs} ms`;
  // What the old worker has opened meanwhile, this one has not had its time for.
  const closed = missing().filter((listener) => served.includes(listener));
  return insists && closed.length > 0
    ? `stopped listening on ${labelsOf(closed)} ${inProbation}. ${advice}`
    : undefined;
}

const advice = 'If the app no longer needs that address, use --allow-dropped-listeners';

const beforeItServed = 'before it listened on every address of the old worker';

async function describeMissing(next: WorkerHandle, missing: Listener[], trial: Trial): Promise<string> {
  const { readyTimeoutMs } = trial.options;
  const what = `did not listen on ${labelsOf(missing)} within ${readyTimeoutMs} ms, as the old worker does`;
  return (await isStandingStill(next)) ? `${what}: its event loop is blocked` : `${what}. ${advice}`;
}

async function describeUnready(next: WorkerHandle, { listeners, options }: Trial): Promise<string> {
  const what = `was not ready within ${options.readyTimeoutMs} ms`;
  if (await isStandingStill(next)) return `${what}: its event loop is blocked`;
  const served = listeners.servedBy(next);
  if (!next.release.options.waitReady) return `${what}: it does not listen`;
  return served.length > 0
    ? `${what}: it listens on ${labelsOf(served)}, but has not called ready()`
    : `${what}: it neither listens nor has called ready()`;
}

async function isStandingStill(next: WorkerHandle): Promise<boolean> {
  await within(answerMs, next.probe());
  return !next.hasAnswered;
}

function labelsOf(listeners: Listener[]): string {
  return listeners.map(({ label, isStream }) => (isStream ? label : `${label} (UDP)`)).join(', ');
}
