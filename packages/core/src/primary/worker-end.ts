import { constants } from 'node:os';
import type { KillDeadline } from '../metrics/snapshot.js';
import { stopSignals } from '../options.js';
import { describeExit, type WorkerExit } from './worker-handle.js';

/** How a process ended, for people, with the deadline that SIGKILL came of. */
export function describeEnd(exit: WorkerExit, deadline: KillDeadline | undefined): string {
  const how = describeExit(exit);
  return deadline && exit.signal === 'SIGKILL' ? `${how}: ${describeDeadline(deadline)}` : how;
}

function describeDeadline({ of, afterMs }: KillDeadline): string {
  const seconds = `${afterMs / 1_000} s`;
  switch (of) {
    case 'ready':
      return `it was not ready within ${seconds} (--ready-timeout)`;
    case 'drain':
      return `it did not finish its requests and end within ${seconds} (--drain-timeout and --stop-timeout)`;
    case 'stop':
      return `it did not stop within ${seconds} (--stop-timeout)`;
  }
}

/** What programs exit with to say that the signal ended them: 128 and its number. */
const endedCodes = new Set<number | null>(stopSignals.map((signal) => 128 + constants.signals[signal]));

/** Whether a worker that was told to end by a signal has ended so, or has exited well. */
export function hasEndedAsTold({ code, signal }: WorkerExit): boolean {
  if (signal !== null) return (stopSignals as readonly NodeJS.Signals[]).includes(signal);
  return code === 0 || endedCodes.has(code);
}
