import type { DrainOrder, StopAcceptingOrder } from '../channel/messages.js';
import { BatonError } from '../errors.js';
import type { WorkerInfo, WorkerState } from '../metrics/snapshot.js';
import type { NativeDispatcher } from '../native.js';
import type { ResolvedOptions } from '../options.js';
import { Deferred } from './deferred.js';
import { unlessFailed } from './system-call.js';
import { describeExit, WorkerHandle, type WorkerExit } from './worker-handle.js';

/** What came with a worker's new state: how it ended, or why it could not be started. */
export interface WorkerDetail {
  exit?: WorkerExit;
  error?: Error;
}

/** Whom the supervisor tells. */
export interface SupervisorObserver {
  onWorker(worker: WorkerInfo, detail: WorkerDetail): void;
  /** A worker has not listened for `listenWarningMs`. It goes on. */
  onSlow(worker: WorkerInfo): void;
  /** The slot has no worker any more, and will have none. */
  onSlotGone(slot: number): void;
}

interface Slot {
  readonly worker: WorkerHandle;
  readonly restarts: number;
  /** Settles when the worker is ready, or has ended; never rejects. */
  readonly isUpOrGone: Deferred;
}

/** A worker that lived this long is started again at once after a crash, one that did not after as long a pause. */
const restartPauseMs = 1_000;

/** Has one worker in each slot: starts them, starts crashed ones again, changes their number, and ends them. */
export class Supervisor {
  readonly #options: ResolvedOptions;
  readonly #dispatcher: NativeDispatcher;
  readonly #observer: SupervisorObserver;
  readonly #slots = new Map<number, Slot>();
  /** Workers whose channel is open, by their id. */
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #booted = new Deferred();
  #phase: 'booting' | 'serving' | 'stopping' = 'booting';
  /** How many slots there are to be. */
  #wanted: number;
  #lastWorkerId = 0;
  /** boot() waits no longer for workers that are slow, or crash, where others serve. */
  #bootIsOver = false;

  constructor(options: ResolvedOptions, dispatcher: NativeDispatcher, observer: SupervisorObserver) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.#observer = observer;
    this.#wanted = options.workers;
  }

  /**
   * Starts the workers. Resolves when each has listened, or when some have after `listenWarningMs`. Rejects with
   * BATON_BOOT_FAILED if none came as far as that, or with BATON_STOPPED.
   */
  boot(): Promise<void> {
    for (let slot = 0; slot < this.#wanted; slot++) this.#startWorker(slot, 0);
    this.#later(this.#options.listenWarningMs, () => {
      this.#bootIsOver = true;
      if (this.#phase === 'serving') this.#booted.resolve();
    });
    return this.#booted.promise;
  }

  get isStopping(): boolean {
    return this.#phase === 'stopping';
  }

  /** The worker of that id, while its channel is open. */
  worker(id: number): WorkerHandle | undefined {
    return this.#workers.get(id);
  }

  onChannelClosed(id: number): void {
    this.#workers.delete(id);
  }

  /** A server of the worker listens. */
  onListening(worker: WorkerHandle): void {
    const slot = this.#slots.get(worker.slot);
    if (worker.state !== 'starting' || slot?.worker !== worker) return;
    this.#move(slot, 'ready');
    slot.isUpOrGone.resolve();
    const slots = [...this.#slots.values()];
    if (this.#phase === 'booting') {
      this.#phase = 'serving';
      for (const other of slots) {
        if (other.worker.hasExited) this.#restart(other);
      }
    }
    if (this.#bootIsOver || slots.every((other) => other.worker.state === 'ready')) this.#booted.resolve();
  }

  describe(): WorkerInfo[] {
    return [...this.#slots.values()].map(describeSlot).toSorted((a, b) => a.slot - b.slot);
  }

  /** See `Primary.scale`. */
  async scale(workers: number): Promise<void> {
    this.#wanted = workers;
    for (const slot of this.#slots.values()) if (slot.worker.slot >= workers) this.#drain(slot);
    // A slot whose worker still drains gets its next one when that has ended.
    for (let slot = 0; slot < workers; slot++) if (!this.#slots.has(slot)) this.#startOrTryAgain(slot, 0);
    const draining = [...this.#slots.values()].filter(({ worker }) => worker.state === 'draining');
    await Promise.all(draining.map(({ worker }) => worker.exited));
    await Promise.all([...this.#slots.values()].map(({ isUpOrGone }) => isUpOrGone.promise));
  }

  /** Sends SIGTERM to all workers, SIGKILL to those that are left after `stopTimeoutMs`; resolves when none is left. */
  async stop(): Promise<void> {
    this.#phase = 'stopping';
    this.#booted.reject(new BatonError('BATON_STOPPED', []));
    for (const timer of this.#timers) clearTimeout(timer);
    const order: StopAcceptingOrder = { type: 'stop-accepting' };
    for (const slot of this.#slots.values()) {
      if (slot.worker.hasExited) continue;
      this.#dispatcher.sendControl(slot.worker.id, JSON.stringify(order));
      if (slot.worker.state !== 'draining') this.#move(slot, 'draining');
    }
    this.#signalAll('SIGTERM');
    const deadline = setTimeout(() => this.#signalAll('SIGKILL'), this.#options.stopTimeoutMs);
    await Promise.all([...this.#slots.values()].map((slot) => slot.worker.exited));
    clearTimeout(deadline);
  }

  /** Ends all workers at once. */
  kill(): void {
    this.#signalAll('SIGKILL');
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const { worker } of this.#slots.values()) {
      if (!worker.hasExited) worker.kill(signal);
    }
  }

  #startWorker(slotNumber: number, restarts: number): void {
    const id = ++this.#lastWorkerId;
    const action = `make a channel for worker ${slotNumber}`;
    const channel = unlessFailed(this.#dispatcher.addTarget(id, slotNumber), 'socketpair', action);
    const worker = new WorkerHandle(id, slotNumber, channel, this.#options);
    const slot: Slot = { worker, restarts, isUpOrGone: new Deferred() };
    this.#slots.set(slotNumber, slot);
    this.#workers.set(id, worker);
    this.#observer.onWorker(describeSlot(slot), {});
    void this.#watch(slot);
  }

  async #watch(slot: Slot): Promise<void> {
    const { worker } = slot;
    this.#later(this.#options.listenWarningMs, () => {
      if (worker.state === 'starting') this.#observer.onSlow(describeSlot(slot));
    });
    this.#onExit(slot, await worker.exited);
  }

  #onExit(slot: Slot, exit: WorkerExit): void {
    const { worker, restarts } = slot;
    const detail = worker.spawnError ? { exit, error: worker.spawnError } : { exit };
    this.#move(slot, worker.state === 'draining' ? 'stopped' : 'crashed', detail);
    slot.isUpOrGone.resolve();
    if (this.#phase === 'booting') return this.#checkBoot(exit, worker.spawnError);
    if (this.#phase === 'stopping') return;
    if (worker.slot >= this.#wanted) this.#remove(slot);
    else if (worker.state === 'stopped') this.#startOrTryAgain(worker.slot, restarts);
    else this.#restart(slot);
  }

  #restart(slot: Slot): void {
    const { worker, restarts } = slot;
    const pause = worker.ageMs < restartPauseMs ? restartPauseMs : 0;
    this.#later(pause, () => {
      if (this.#slots.get(worker.slot) === slot) this.#startOrTryAgain(worker.slot, restarts + 1);
    });
  }

  #startOrTryAgain(slot: number, restarts: number): void {
    try {
      this.#startWorker(slot, restarts);
    } catch (error) {
      // No fds or memory for another process now; there may be some later.
      const before = this.#slots.get(slot);
      this.#observer.onWorker(
        { slot, pid: before?.worker.pid, state: 'crashed', restarts },
        { error: error as Error },
      );
      this.#later(restartPauseMs, () => {
        if (slot < this.#wanted && this.#slots.get(slot) === before) this.#startOrTryAgain(slot, restarts);
      });
    }
  }

  /** Ends the slot's worker, which finishes its requests. */
  #drain(slot: Slot): void {
    const { worker } = slot;
    if (worker.hasExited) return this.#remove(slot);
    if (worker.state === 'draining') return;
    const order: DrainOrder = { type: 'drain' };
    // One that does not listen yet has no requests to finish, and may not hear of the order for long.
    const isTold =
      worker.state === 'ready' && this.#dispatcher.sendControl(worker.id, JSON.stringify(order)) === 0;
    this.#move(slot, 'draining');
    if (!isTold) worker.kill('SIGTERM');
    this.#later(this.#options.stopTimeoutMs, () => {
      if (!worker.hasExited) worker.kill('SIGKILL');
    });
  }

  #remove(slot: Slot): void {
    this.#slots.delete(slot.worker.slot);
    this.#observer.onSlotGone(slot.worker.slot);
  }

  /** While no worker has ever been ready, none is started again: what fails at boot would fail for ever. */
  #checkBoot(exit: WorkerExit, spawnError: Error | undefined): void {
    if ([...this.#slots.values()].some(({ worker }) => !worker.hasExited)) return;
    const how = spawnError ? spawnError.message : `each ended ${describeExit(exit)}`;
    this.#booted.reject(new BatonError('BATON_BOOT_FAILED', [this.#options.app, how], spawnError));
  }

  #move(slot: Slot, state: WorkerState, detail: WorkerDetail = {}): void {
    slot.worker.moveTo(state);
    this.#observer.onWorker(describeSlot(slot), detail);
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function describeSlot({ worker, restarts }: Slot): WorkerInfo {
  return { slot: worker.slot, pid: worker.pid, state: worker.state, restarts };
}
