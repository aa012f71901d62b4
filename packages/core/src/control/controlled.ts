import type { CutOff } from '../channel/messages.js';
import type { KillDeadline, WorkerInfo } from '../metrics/snapshot.js';
import type { EventsReport, PrimaryStatus } from '../status.js';
import type { WorkerEvent } from './protocol.js';

export type WorkerListener = (
  worker: WorkerInfo,
  detail: {
    exit?: NonNullable<WorkerEvent['exit']>;
    deadline?: KillDeadline;
    failure?: string;
    error?: Error;
  },
) => void;
export type CutOffListener = (worker: WorkerInfo, cut: CutOff) => void;

/** What a control socket gives power over: a primary, or a part of one. */
export interface Controlled {
  status(): PrimaryStatus;
  events(): EventsReport;
  reload(options: { allowDroppedListeners?: boolean }): Promise<{ workers: number; generation: number }>;
  scale(workers: number): Promise<void>;
  scaleBy(change: number): Promise<void>;
  stop(): Promise<void>;
  on(event: 'worker', listener: WorkerListener): unknown;
  on(event: 'cutOff', listener: CutOffListener): unknown;
  off(event: 'worker', listener: WorkerListener): unknown;
  off(event: 'cutOff', listener: CutOffListener): unknown;
}
