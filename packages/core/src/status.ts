import type { HttpFigures, LatencyFigures } from './native-figures.js';
import type { WorkerInfo } from './metrics/snapshot.js';
import type { Handoff, Policy } from './options.js';

/** One worker, as `status` shows it. A slot has two of them while one takes the other's place. */
export interface WorkerStatus extends WorkerInfo {
  /** How long it has lived, in milliseconds; of one that has ended, how long it did. */
  ageMs: number;
  /** Its resident memory; `undefined` once it has ended. */
  residentBytes: number | undefined;
  /** Open connections now, those on their way included. */
  connections: number;
  /** HTTP requests that are being answered now. */
  requests: number;
  /** Connections that the slot's workers have claimed, over all they have been. */
  handoffs: number;
  /** Connections that they accepted by themselves, in listener handoff. */
  ownAccepted: number;
  /**
   * While a worker that is ready has yet to take another's place: for how many milliseconds more it must live before it does. All of
   * `probationMs` as long as it does not serve all that the other one does; 0 where it has yet to show that its event loop turns.
   */
  probationLeftMs?: number;
  /** How long the event loop of this worker has waited for events, since it was started. */
  idleMs: number;
  /** For how long its event loop has not turned, in milliseconds; 0 if it is not stalled. */
  stalledForMs: number;
  /** From accept4(2) to the claim, of the slot: counts by upper bound, with one more for what was slower. */
  latency: Pick<LatencyFigures, 'boundsNs' | 'counts'>;
  /** What has become of the slot's HTTP requests, over all its workers; missing where they are not counted. */
  http?: HttpFigures;
}

/** What came of the last reload. */
export interface ReloadStatus {
  /** Whether it goes on, or how it has ended. */
  state: 'running' | 'done' | 'failed';
  /** Of the new workers. */
  generation: number;
  /** Unix time in milliseconds. */
  startedAt: number;
  /** Unix time in milliseconds; missing while it goes on. */
  endedAt?: number;
  /** Why it failed. */
  message?: string;
}

/** What has happened to the workers. */
export interface StatusEvent {
  /** Unix time in milliseconds. */
  at: number;
  /**
   * `reload-started`, `reload-done`, `reload-failed`; `crash`: a worker ended, or could not be started; `restart`: the slot of a
   * crashed worker has another; `replaced`: a reload has put another in a slot; `cut-off`: a worker had connections left when
   * `drainTimeoutMs` was over; `bad-exit`: one that was told to end has ended otherwise than by exit code 0 or SIGTERM; `recycled`: a worker
   * beyond `maxMemoryBytes` or `maxAgeMs` was replaced, `recycle-failed`: it was not; `slow`: a worker has not been ready for
   * `listenWarningMs`; `stop`: a command has asked for the end.
   */
  kind: StatusEventKind;
  /** Whose worker it was; none for reloads. */
  slot?: number;
  /** Of the worker; of a reload, the new one. */
  generation?: number;
  /** For people: how a worker ended, and what it threw; why a reload failed. Some of it are words of the app's. */
  text: string;
}

/** What `baton events` is told. */
export interface EventsReport {
  /** The oldest first. */
  events: StatusEvent[];
  /** How many have happened since the primary was started that are not kept any more, by their kind. */
  dropped: Partial<Record<StatusEventKind, number>>;
}

/** Kinds of events; `StatusEvent` says what each means. */
export type StatusEventKind =
  | 'reload-started'
  | 'reload-done'
  | 'reload-failed'
  | 'crash'
  | 'restart'
  | 'replaced'
  | 'cut-off'
  | 'bad-exit'
  | 'recycled'
  | 'recycle-failed'
  | 'slow'
  | 'stop';

/** The listeners of one label, as `status` shows them. */
export interface ListenerStatus {
  /** The name in metrics: the address as the app asked for it. */
  listener: string;
  /** Where they listen, with the ports that they have: `127.0.0.1:40123`, or paths. Absent where none does any more. */
  addresses?: string[];
  /** Connections, since the primary was started. */
  accepted: number;
  /** Of those, the ones for which no worker has room now. */
  waiting: number;
  /** Connections in the kernel's queue, not accepted yet. */
  queued: number;
}

/** What a primary does now: `baton status --json`, and `/status` of its own HTTP server. */
export interface PrimaryStatus {
  /** Baton's version. */
  version: string;
  /** Node's version. */
  node: string;
  /** The name by which commands find it; `undefined` without a control socket. */
  name: string | undefined;
  /** Of the primary's process. */
  pid: number;
  /** The app, as the option `app` has it. */
  app: string;
  /** Unix time in milliseconds. */
  startedAt: number;
  /** The option `handoff`. */
  handoff: Handoff;
  /** The option `policy`. */
  policy: Policy;
  /** How many slots there are to be. */
  slots: number;
  /** Counts reloads, from 1: that of the last reload that was done. */
  generation: number;
  /** The last reload, or the one that goes on; missing before the first. */
  reload?: ReloadStatus;
  /** Where the metrics are served; `undefined` where they are not. */
  metricsUrl: string | undefined;
  /** What the app listens on, by label. */
  listeners: ListenerStatus[];
  /** By slot, then by generation. */
  workers: WorkerStatus[];
  /** The last 50, the oldest first. */
  events: StatusEvent[];
}
