import type { NativeSnapshot } from '../native.js';

/** A worker's life: `starting → ready → draining → stopped`, and `crashed` from any that is not its end. */
export const workerStates = ['starting', 'ready', 'draining', 'stopped', 'crashed'] as const;
export type WorkerState = (typeof workerStates)[number];

/** A worker as snapshots and events of a primary show it. */
export interface WorkerInfo {
  slot: number;
  pid: number | undefined;
  state: WorkerState;
  /** How often the slot's worker was started again after a crash. */
  restarts: number;
}

/** All counters of a primary and the state of its workers at one moment. */
export interface Snapshot extends NativeSnapshot {
  workers: WorkerInfo[];
}
