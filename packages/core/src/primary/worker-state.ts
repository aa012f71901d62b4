import { BatonError } from '../errors.js';
import type { WorkerState } from '../metrics/snapshot.js';

const moves: Record<WorkerState, readonly WorkerState[]> = {
  starting: ['ready', 'draining', 'crashed'],
  ready: ['draining', 'crashed'],
  draining: ['stopped', 'crashed'],
  stopped: [],
  crashed: [],
};

/** The state after a move. Throws BATON_ILLEGAL_STATE if there is no such move. */
export function moveWorker(subject: string, from: WorkerState, to: WorkerState): WorkerState {
  if (!moves[from].includes(to)) throw new BatonError('BATON_ILLEGAL_STATE', [subject, from, to]);
  return to;
}
