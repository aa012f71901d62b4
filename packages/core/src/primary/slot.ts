import { BatonError } from '../errors.js';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ResolvedOptions } from '../options.js';
import { Backoff } from './backoff.js';
import type { Version } from './release.js';
import type { Releases } from './releases.js';
import { within } from './within.js';
import { describeExit, type WorkerHandle } from './worker-handle.js';
import type { WorkerPool } from './worker-pool.js';

/** SIGKILL takes effect at once, unless the process waits for a device that does not answer. */
const killMs = 1_000;

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
  /** The slot has been handed over, or is no more: what a crashed worker of it left there, no successor has wanted. */
  onSettled(slot: number): void;
}

/** A stable place for a worker: has one in it, starts a crashed one again, and puts another in its place. */
export class Slot {
  readonly number: number;
  readonly record: SlotRecord;
  readonly #pool: WorkerPool;
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
    options: ResolvedOptions,
    releases: Pick<Releases, 'after' | 'available'>,
    observer: SlotObserver,
  ) {
    this.number = number;
    this.record = record;
    this.#pool = pool;
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
  async replace(version: Version, reason: RestartReason): Promise<void> {
    const next = this.#pool.start(this.number, version, true);
    this.#next = next;
    try {
      await this.#comeUp(next);
    } finally {
      this.#next = undefined;
    }
    const before = this.#current;
    this.#cancelRestart();
    this.#current = next;
    this.record.restarts[reason] += 1;
    next.admit();
    const isAlone = before === undefined || before.hasExited;
    if (!isAlone) {
      this.#leaving.add(before);
      this.#pool.drain(before);
    }
    this.#observer.onSettled(this.number);
    if (isAlone) return;
    const first = await Promise.race([before.exited.then(() => before), next.exited.then(() => next)]);
    if (first === next && !this.#isClosed) throw failed(next, 'just after its probation');
  }

  async #comeUp(next: WorkerHandle): Promise<void> {
    const { readyTimeoutMs, probationMs } = this.#options;
    await within(readyTimeoutMs, next.isUpOrGone.promise);
    if (next.state === 'starting') {
      next.kill('SIGKILL');
      await within(killMs, next.exited);
      const how = `was not ready within ${readyTimeoutMs} ms`;
      throw new BatonError('BATON_WORKER_FAILED', [next.slot, next.pid, how, next.failure]);
    }
    const { wasReady } = next;
    if (wasReady) await within(probationMs, next.exited);
    if (next.state === 'ready') return;
    if (next.state !== 'crashed') throw new BatonError('BATON_STOPPED', []);
    throw failed(next, wasReady ? `in its probation of ${probationMs} ms` : 'before it was ready');
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

function failed({ slot, pid, exit, spawnError, failure }: WorkerHandle, when: string): BatonError {
  const how = spawnError?.message ?? `ended ${exit ? describeExit(exit) : ''} ${when}`;
  return new BatonError('BATON_WORKER_FAILED', [slot, pid, how, failure], spawnError);
}
