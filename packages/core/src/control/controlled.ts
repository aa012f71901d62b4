import type { WorkerInfo } from '../metrics/snapshot.js';
import type { PrimaryStatus } from '../status.js';
import type { WorkerEvent } from './protocol.js';

export type WorkerListener = (
  worker: WorkerInfo,
  detail: { exit?: NonNullable<WorkerEvent['exit']>; failure?: string; error?: Error },
) => void;

/** What a control socket gives power over: a primary, or a part of one. */
export interface Controlled {
  status(): PrimaryStatus;
  reload(options: { allowDroppedListeners?: boolean }): Promise<{ workers: number; generation: number }>;
  scale(workers: number): Promise<void>;
  scaleBy(change: number): Promise<void>;
  stop(): Promise<void>;
  on(event: 'worker', listener: WorkerListener): unknown;
  off(event: 'worker', listener: WorkerListener): unknown;
}
