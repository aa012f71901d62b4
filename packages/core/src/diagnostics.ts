/**
 * What happens, for whoever subscribes by `node:diagnostics_channel`. Nothing is made, and nothing published, while nobody does.
 */
import { channel, type Channel } from 'node:diagnostics_channel';
import type { KillDeadline, WorkerInfo } from './metrics/snapshot.js';
import type { WorkerExit } from './primary/worker-handle.js';
import type { ReloadStatus } from './status.js';

/** In a worker: a connection that came from the primary is its own from now on. */
export interface HandoffClaimed {
  /** The listener's number. */
  listener: number;
  /** Whether another worker has answered on it before. */
  keptAlive: boolean;
}

/** In a worker that gives an idle connection back: it is the primary's again. */
export interface HandoffGivenBack {
  /** The listener's number. */
  listener: number;
}

/** In a primary: a worker has come to a new state. */
export interface WorkerStateChange {
  /** The worker, in its new state. */
  worker: WorkerInfo;
  /** How it ended. */
  exit?: WorkerExit;
  /** If it ended by SIGKILL at a deadline: which one. */
  deadline?: KillDeadline;
  /** Of one that is starting: whether it is to take the place of another, which goes on until then. */
  isReplacement?: boolean;
  /** What the app threw that nobody caught. */
  failure?: string;
  /** Why it could not be started. */
  error?: Error;
}

interface Messages {
  'baton.handoff.claimed': HandoffClaimed;
  'baton.handoff.given_back': HandoffGivenBack;
  'baton.worker.state': WorkerStateChange;
  'baton.reload.start': ReloadStatus;
  'baton.reload.end': ReloadStatus;
}

const channels = Object.fromEntries(
  [
    'baton.handoff.claimed',
    'baton.handoff.given_back',
    'baton.worker.state',
    'baton.reload.start',
    'baton.reload.end',
  ].map((name) => [name, channel(name)]),
) as Record<keyof Messages, Channel>;

/** Publishes what `make` makes, if anybody subscribes. */
export function publish<Name extends keyof Messages>(name: Name, make: () => Messages[Name]): void {
  const to = channels[name];
  if (to.hasSubscribers) to.publish(make());
}
