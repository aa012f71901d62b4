import type { WorkerState } from '../metrics/snapshot.js';
import type { PrimaryStatus, WorkerStatus } from '../status.js';
import { httpRates, type HttpRates } from './http-rates.js';
import { countedSince, type Histogram } from './percentile.js';
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
  recent: RecentFigures;
}

/** Since the sample before; what is missing cannot be told, or there was none of it. */
export interface RecentFigures extends HttpRates {
  takenPerSecond: number | undefined;
  /** Share of the time in which the event loop did not wait for events. */
  loopUtilization: number | undefined;
  /** How long handoffs took. */
  handoffs: Histogram | undefined;
}

/** The nearest to serving first. */
const byService: readonly (WorkerState | 'probation')[] = [
  'ready',
  'draining',
  'starting',
  'crashed',
  // However ready it is, it gets nothing yet.
  'probation',
  'stopped',
];

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
      return [{ slot, worker, others, taken: takenBy(worker), recent: recentFigures(worker, past, seconds) }];
    });
}

/** Whether it serves. One that is ready, and on probation, does not. */
export function isServing({ state, probationLeftMs }: WorkerStatus): boolean {
  return state === 'ready' && probationLeftMs === undefined;
}

function workersOf(status: PrimaryStatus, slot: number): WorkerStatus[] {
  return status.workers.filter((worker) => worker.slot === slot);
}

function compareService(a: WorkerStatus, b: WorkerStatus): number {
  return rank(a) - rank(b) || b.generation - a.generation;
}

function rank({ state, probationLeftMs }: WorkerStatus): number {
  return byService.indexOf(probationLeftMs === undefined ? state : 'probation');
}

function recentFigures(
  worker: WorkerStatus,
  past: readonly WorkerStatus[],
  seconds: number | undefined,
): RecentFigures {
  // Of the slot, hence the same for all its workers.
  const [any] = past;
  const itself = past.find(({ pid }) => pid !== undefined && pid === worker.pid);
  return {
    ...httpRates(any?.http, worker.http, seconds),
    takenPerSecond: perSecond(any && takenBy(worker) - takenBy(any), seconds),
    loopUtilization: itself && utilization(itself, worker),
    handoffs: any && countedSince(any.latency, worker.latency),
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
