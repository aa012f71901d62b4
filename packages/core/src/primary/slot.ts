import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ResolvedOptions } from '../options.js';
import { Backoff } from './backoff.js';
import type { ListenerTable } from './listener-table.js';
import { describeFailedEnd, passProbation, workerFailed } from './probation.js';
import type { Version } from './release.js';
import type { Releases } from './releases.js';
import type { WorkerHandle } from './worker-handle.js';
import type { WorkerPool } from './worker-pool.js';

/** Of the primary's listeners, what a slot asks. */
export type SlotListeners = Pick<ListenerTable, 'expectedOf' | 'servedBy'>;

/** Why a slot gets another worker, and what that may lack. */
export interface Replacement {
  reason: RestartReason;
  /** Whether the new worker need not serve what the one before does. */
  allowDroppedListeners: boolean;
}

/** What is counted of a slot, over all its workers, and longer than it exists. */
export interface SlotRecord {
  restarts: Record<RestartReason, number>;
  /** Connections that were closed since the time to drain was over. */
  cutOff: number;
}

/** Whom a slot tells. */
export interface SlotObserver {
  /** A process could not be started in the slot. It is tried again. */
  onFailedStart(slot: number, version: Version, error: Error): void;
  /** A worker has taken the place of another. */
  onReplaced(worker: WorkerHandle, before: WorkerHandle, reason: RestartReason): void;
  /** The slot has been handed over, or is no more: what a crashed worker of it left there, no successor has wanted. */
  onSettled(slot: number): void;
}

/** A stable place for a worker: has one in it, starts a crashed one again, and puts another in its place. */
export class Slot {
  readonly number: number;
  readonly record: SlotRecord;
  readonly #pool: WorkerPool;
  readonly #listeners: SlotListeners;
  readonly #options: ResolvedOptions;
  readonly #releases: Pick<Releases, 'after' | 'available'>;
  readonly #observer: SlotObserver;
  readonly #backoff: Backoff;
  #current: WorkerHandle | undefined;
  /** Started to take the place of the current one. */
  #next: WorkerHandle | undefined;
  readonly #leaving = new Set<WorkerHandle>();
  #restart: { timer: NodeJS.Timeout; at: number } | undefined;
  #isClosed = false;

  constructor(
    number: number,
    record: SlotRecord,
    pool: WorkerPool,
    listeners: SlotListeners,
    options: ResolvedOptions,
    releases: Pick<Releases, 'after' | 'available'>,
    observer: SlotObserver,
  ) {
    this.number = number;
    this.record = record;
    this.#pool = pool;
    this.#listeners = listeners;
    this.#options = options;
    this.#releases = releases;
    this.#observer = observer;
    this.#backoff = new Backoff(options.minUptimeMs);
  }

  /** Its worker; the last one, where that has crashed. */
  get current(): WorkerHandle | undefined {
    return this.#current;
  }

  /** Throws what keeps the process from being started. */
  start(version: Version): void {
    this.#current = this.#pool.start(this.number, version, false);
  }

  /** A worker of this slot has ended. True: another is started in its place, now or later. */
  onExit(worker: WorkerHandle): boolean {
    this.#leaving.delete(worker);
    if (this.#isClosed || worker !== this.#current || worker.state !== 'crashed') return false;
    const next = this.#releases.after(worker);
    this.#restartIn(this.#backoff.onCrash(worker.ageMs), () => {
      this.record.restarts.crash += 1;
      this.startOrTryAgain(next);
    });
    return true;
  }

  startOrTryAgain(version: Version): void {
    try {
      this.start(this.#releases.available(version));
    } catch (error) {
      if (this.#isClosed) return;
      // No fds or memory for another process now, or no directory to run in; there may be later.
      this.#observer.onFailedStart(this.number, version, error as Error);
      this.#restartIn(this.#backoff.onCrash(0), () => this.startOrTryAgain(version));
    }
  }

  /**
   * Puts a new worker in the place of the current one, without a gap: the new one comes up, lives through its probation, and
   * gets connections; then the current one is drained. Resolves when that has ended. Throws BATON_WORKER_FAILED if the new one
   * fails; until it gets connections, nothing has changed then. If it fails after that, while the old one drains, it is started
   * again as any crashed worker. If the current one crashes meanwhile, it is started again as well, and the new one takes the
   * place of what is there then.
   */
  async replace(version: Version, { reason, allowDroppedListeners }: Replacement): Promise<void> {
    const next = this.#pool.start(this.number, version, true);
    this.#next = next;
    try {
      await passProbation(next, {
        listeners: this.#listeners,
        expected: () => (allowDroppedListeners ? [] : this.#listeners.expectedOf(this.number, this.#current)),
        // The same version may open something but once in a while.
        insists: reason === 'reload',
        options: this.#options,
      });
    } finally {
      this.#next = undefined;
    }
    const before = this.#current;
    this.#cancelRestart();
    this.#current = next;
    this.record.restarts[reason] += 1;
    next.admit();
    if (before) this.#observer.onReplaced(next, before, reason);
    const isAlone = before === undefined || before.hasExited;
    if (!isAlone) {
      this.#leaving.add(before);
      this.#pool.drain(before);
    }
    this.#observer.onSettled(this.number);
    if (isAlone) return;
    const first = await Promise.race([before.exited.then(() => before), next.exited.then(() => next)]);
    if (first === next && !this.#isClosed)
      throw workerFailed(next, describeFailedEnd(next, 'just after its probation'));
  }

  /** Ends its worker, which others go on for. Resolves when none is left. */
  async drain(): Promise<void> {
    this.close();
    if (this.#current) this.#pool.drain(this.#current);
    this.#observer.onSettled(this.number);
    await Promise.all(this.workers().map(({ exited }) => exited));
  }

  /** Starts no worker again from here on. */
  close(): void {
    this.#isClosed = true;
    this.#cancelRestart();
  }

  /** Those that leave, the current one, and the next. */
  workers(): WorkerHandle[] {
    return [...this.#leaving, this.#current, this.#next].filter((worker) => worker !== undefined);
  }

  describe(): WorkerInfo[] {
    const { crash } = this.record.restarts;
    return this.workers().map((worker) => ({ ...worker.info(crash), ...this.#describeRestart(worker) }));
  }

  #describeRestart(worker: WorkerHandle): { restartInMs?: number } {
    if (worker !== this.#current || this.#restart === undefined) return {};
    return { restartInMs: Math.max(0, this.#restart.at - performance.now()) };
  }

  #restartIn(pauseMs: number, start: () => void): void {
    const timer = setTimeout(() => {
      this.#restart = undefined;
      start();
    }, pauseMs);
    this.#restart = { timer, at: performance.now() + pauseMs };
  }

  #cancelRestart(): void {
    clearTimeout(this.#restart?.timer);
    this.#restart = undefined;
  }
}
