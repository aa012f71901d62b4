import type { CutOff } from '../channel/messages.js';
import type { CommandRequest } from '../control/protocol.js';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { StopSignal } from '../options.js';
import type { ReloadStatus } from '../status.js';
import type { ListenerInfo } from './listener-table.js';
import type { WorkerDetail } from './worker-pool.js';

/** Events of a `Primary`, with what listeners are called with. */
export interface PrimaryEvents {
  /**
   * A worker has come to a new state, `worker.state`. `detail.exit` says how it ended, `detail.deadline` which time was over if it got SIGKILL
   * for that, `detail.error` why it could not be started.
   */
  worker: [worker: WorkerInfo, detail: WorkerDetail];
  /** A worker is not ready after `listenWarningMs`. It is not ended for that. */
  slow: [worker: WorkerInfo, slowness: Slowness];
  /** A worker has taken the place of another, `before`, which gives its connections back, finishes its requests, and ends. */
  replaced: [worker: WorkerInfo, before: WorkerInfo, reason: RestartReason];
  /** `drainTimeoutMs` was over, and these connections of a worker were closed in the middle of what they were doing. */
  cutOff: [worker: WorkerInfo, cut: CutOff];
  /** The app has sent a message by `process.send()`, from this worker. While nobody listens, messages are dropped in the workers. */
  message: [worker: WorkerInfo, message: unknown];
  /** A command has come by the control socket, and is carried out now. */
  command: [request: CommandRequest];
  /** The app has a new listener. */
  listening: [listener: ListenerInfo];
  /** A reload has begun, or ended: `state` says how. */
  reload: [status: ReloadStatus];
  /** Something is not as it was meant to be, and the primary goes on without it. If nobody listens, it becomes a warning of Node's (`BatonWarning`). */
  warning: [message: string];
  /**
   * A worker is beyond `maxMemoryBytes` or `maxAgeMs`, or somebody has sent SIGTERM, SIGINT or SIGHUP to it alone. It was replaced; if not,
   * `error` says why. BATON_LIMIT_TOO_LOW: a fresh worker is beyond the limit too.
   */
  recycle: [worker: WorkerInfo, reason: RestartReason, error: Error | undefined];
  /** The primary has stopped, by `stop()`, a signal or `baton stop`: no worker is left. */
  stopped: [];
}

/** How far a worker has come that is not ready. */
export interface Slowness {
  /** Labels of what it listens on. Where there are some, it has not called `ready()`. */
  listeners: string[];
  /** How many connections of these wait, as far as the kernel tells. While no worker is ready, it is `ready()` that they wait for. */
  waiting: number;
}

/** What a reload may do. */
export interface ReloadOptions {
  /** Whether new workers need not serve what the old ones do. Default: the primary's option of that name. */
  allowDroppedListeners?: boolean;
}

/** How a primary stops. */
export interface StopOptions {
  /** The signal that the service was sent: what the app hears, where it listens for it. Default: the option `stopSignal`. */
  signal?: StopSignal;
  /** For how long the app is served after that, unless it closes its servers. Default: the option `stopDelayMs`. */
  delayMs?: number;
}

/** What came of a reload. */
export interface ReloadReport {
  /** How many workers were replaced. */
  workers: number;
  /** Of the new ones. */
  generation: number;
  /** How long it took, the wait for other reloads included. */
  durationMs: number;
}
