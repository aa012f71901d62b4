import type { NativeSnapshot } from '../native.js';
import type { MetricRefusal } from './metric-refusal.js';

/** A worker's life: `starting → ready → draining → stopped`, and `crashed` from any that is not its end. */
export const workerStates = ['starting', 'ready', 'draining', 'stopped', 'crashed'] as const;
/**
 * A worker's state. `starting`: its process runs, or is to run soon. `ready`: it serves, or is on probation. `draining`: it gets no new
 * connections, and finishes its requests. `stopped`: it has ended as it was told to. `crashed`: it has ended otherwise.
 * @useDeclaredType
 */
export type WorkerState = (typeof workerStates)[number];

/** A worker as snapshots and events of a primary show it. */
export interface WorkerInfo {
  /** Tells workers apart: no other has it, ever. */
  id: number;
  /** Its stable place, from 0. A worker that takes another's place has the same. */
  slot: number;
  /** Counts reloads, from 1. */
  generation: number;
  /** Where it runs: the directory that the option `cwd` led to when its release was taken. */
  directory: string;
  /** Of its process; `undefined` where that could not be started. */
  pid: number | undefined;
  /** Where it is in its life. */
  state: WorkerState;
  /** How often the slot's worker was started again after a crash. */
  restarts: number;
  /** In how long a crashed worker is started again. */
  restartInMs?: number;
}

/** Which time was over when a worker was ended by SIGKILL. */
export interface KillDeadline {
  /**
   * `ready`: it was started to take another's place, and was not ready in time; `drain`: it was told to finish its requests and end;
   * `stop`: it was told to end with the service.
   */
  of: 'ready' | 'drain' | 'stop';
  /** How long it had. */
  afterMs: number;
}

/** Why a slot got another worker. */
export const restartReasons = ['crash', 'reload', 'maxMemory', 'maxAge', 'signal'] as const;
/**
 * Why a slot got another worker. `crash`: the one before had crashed. `reload`: of a reload. `maxMemory`, `maxAge`: it was beyond that limit.
 * `signal`: somebody had sent a signal to it alone.
 * @useDeclaredType
 */
export type RestartReason = (typeof restartReasons)[number];

/** What is counted of a slot besides its connections. */
export interface SlotCounts {
  /** The slot's number, from 0. */
  slot: number;
  /** How often it got another worker, by why. */
  restarts: Record<RestartReason, number>;
  /** Connections that were closed since the time to drain was over. */
  cutOff: number;
  /** Scrapes that its workers did not answer in time with the app's own metrics. */
  gatherTimeouts: number;
  /** How often its workers could not read one of the app's own metrics. */
  gatherErrors: number;
}

/** All counters of a primary and the state of its workers at one moment. */
export interface Snapshot extends NativeSnapshot {
  /** By slot, then by generation. A slot has two of them while one takes the other's place. */
  workers: WorkerInfo[];
  /** By slot. */
  counts: SlotCounts[];
  /** Reloads that have ended. */
  reloads: {
    /** All workers were replaced. */
    done: number;
    /** A new worker failed, or the settings could not be read. */
    failed: number;
  };
  /** What workers told of the app's own metrics that was not taken, by why. */
  appMetricsRefused: Record<MetricRefusal, number>;
}
