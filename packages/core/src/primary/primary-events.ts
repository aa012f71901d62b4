import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ReloadStatus } from '../status.js';
import type { ListenerInfo } from './listener-table.js';
import type { WorkerDetail } from './worker-pool.js';

/** Events of a `Primary`. */
export interface PrimaryEvents {
  /** A worker has come to a new state. `exit` says how it ended, `error` why it could not be started. */
  worker: [worker: WorkerInfo, detail: WorkerDetail];
  /** A worker has not listened for `listenWarningMs`. It goes on. */
  slow: [worker: WorkerInfo];
  /** The app has a new listener. */
  listening: [listener: ListenerInfo];
  /** A reload has begun, or ended: `state` says how. */
  reload: [status: ReloadStatus];
  /** Something is not as it was meant to be, and the primary goes on without it. Unheard, it becomes a warning of Node's. */
  warning: [message: string];
  /** A worker is beyond `maxMemoryBytes` or `maxAgeMs`, and was replaced, or could not be: `error` says why. */
  recycle: [worker: WorkerInfo, reason: RestartReason, error: Error | undefined];
  /** No process of it is left, whoever has stopped it. */
  stopped: [];
}

/** What came of a reload. */
export interface ReloadReport {
  /** How many workers were replaced. */
  workers: number;
  /** Of the new ones. */
  generation: number;
  durationMs: number;
}
