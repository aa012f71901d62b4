import type { WorkerState } from '../metrics/snapshot.js';
import type { PrimaryStatus, WorkerStatus } from '../status.js';
import { countedSince } from './percentile.js';
import { perSecond, secondsSince, type Sample } from './sample.js';

/** One slot now, and what it has done since the sample before. */
export interface SlotRow {
  slot: number;
  /** The one that serves, or is the nearest to it. */
  worker: WorkerStatus;
  /** Those whose place it takes, or which take its place. */
  others: WorkerStatus[];
  /** Connections that the slot's workers have got, handed over or accepted by themselves. */
  taken: number;
  takenPerSecond: number | undefined;
  /** Share of the time in which the event loop did not wait for events. */
  loopUtilization: number | undefined;
  latency: WorkerStatus['latency'];
  /** The latency is of the handoffs since the sample before, not of all. */
  latencyIsRecent: boolean;
}

/** The nearest to serving first. */
const byService: readonly WorkerState[] = ['ready', 'draining', 'starting', 'crashed', 'stopped'];

/** A row for each slot, in their order. */
export function slotRows(now: Sample, before?: Sample): SlotRow[] {
  const seconds = secondsSince(before, now);
  const slots = new Set(now.status.workers.map(({ slot }) => slot));
  return [...slots]
    .toSorted((a, b) => a - b)
    .flatMap((slot) => {
      const [worker, ...others] = workersOf(now.status, slot).toSorted(compareService);
      if (worker === undefined) return [];
      const past = before === undefined || seconds === undefined ? [] : workersOf(before.status, slot);
      return [{ slot, worker, others, ...figures(worker, past, seconds) }];
    });
}

function workersOf(status: PrimaryStatus, slot: number): WorkerStatus[] {
  return status.workers.filter((worker) => worker.slot === slot);
}

function compareService(a: WorkerStatus, b: WorkerStatus): number {
  return byService.indexOf(a.state) - byService.indexOf(b.state) || b.generation - a.generation;
}

function figures(
  worker: WorkerStatus,
  past: readonly WorkerStatus[],
  seconds: number | undefined,
): Omit<SlotRow, 'slot' | 'worker' | 'others'> {
  const taken = takenBy(worker);
  // Of the slot, hence the same for all its workers.
  const [any] = past;
  const more = any && taken - takenBy(any);
  const recent = any && countedSince(any.latency, worker.latency);
  const itself = past.find(({ pid }) => pid !== undefined && pid === worker.pid);
  return {
    taken,
    takenPerSecond: perSecond(more, seconds),
    loopUtilization: itself && utilization(itself, worker),
    latency: recent ?? worker.latency,
    latencyIsRecent: recent !== undefined,
  };
}

function takenBy({ handoffs, ownAccepted }: WorkerStatus): number {
  return handoffs + ownAccepted;
}

function utilization(before: WorkerStatus, now: WorkerStatus): number | undefined {
  const lived = now.ageMs - before.ageMs;
  if (lived <= 0 || now.state === 'stopped' || now.state === 'crashed') return undefined;
  // The two clocks are read one after the other.
  return Math.min(1, Math.max(0, 1 - (now.idleMs - before.idleMs) / lived));
}
