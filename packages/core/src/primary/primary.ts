import cluster from 'node:cluster';
import { EventEmitter } from 'node:events';
import { parseWorkerMessage } from '../channel/messages.js';
import { BatonError } from '../errors.js';
import { AdminServer } from '../metrics/admin-server.js';
import type { Snapshot, WorkerInfo, WorkerState } from '../metrics/snapshot.js';
import { loadNative, type NativeDispatcher } from '../native.js';
import { resolveOptions, type PrimaryOptions, type ResolvedOptions } from '../options.js';
import { answerListen } from './answer-listen.js';
import { checkApp } from './app-file.js';
import { Deferred } from './deferred.js';
import { describeListener, ListenerTable, type ListenerInfo } from './listener-table.js';
import { throwIfFailed, unlessFailed } from './system-call.js';
import { describeExit, WorkerHandle, type WorkerExit } from './worker-handle.js';

/** Events of a {@link Primary}. */
export interface PrimaryEvents {
  /** A worker has come to a new state. `exit` says how it ended, `error` why it could not be started. */
  worker: [worker: WorkerInfo, detail: { exit?: WorkerExit; error?: Error }];
  /** A worker has not listened for `listenWarningMs`. It goes on. */
  slow: [worker: WorkerInfo];
  /** The app has a new listener. */
  listening: [listener: ListenerInfo];
}

interface Slot {
  readonly worker: WorkerHandle;
  readonly restarts: number;
  /** Its worker is gone and the next is due. */
  restarting: boolean;
}

/** A worker that lived this long is started again at once after a crash, one that did not after as long a pause. */
const restartPauseMs = 1_000;

/**
 * Runs an HTTP app in worker processes: owns its listening sockets, hands each connection to one worker, and starts
 * crashed workers again.
 */
export class Primary extends EventEmitter<PrimaryEvents> {
  readonly options: ResolvedOptions;
  readonly #dispatcher: NativeDispatcher;
  readonly #listeners: ListenerTable;
  readonly #admin: AdminServer | undefined;
  readonly #slots = new Map<number, Slot>();
  /** Workers whose channel is open, by their id. */
  readonly #workers = new Map<number, WorkerHandle>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ready = new Deferred();
  #phase: 'new' | 'booting' | 'serving' | 'stopping' = 'new';
  #stopped: Promise<void> | undefined;
  #lastWorkerId = 0;
  #messagesRefused = 0;
  /** start() waits no longer for workers that are slow, or crash, where others serve. */
  #bootIsOver = false;

  /** Throws BATON_INVALID_OPTION, BATON_UNKNOWN_OPTION, BATON_IN_WORKER or BATON_ADDON_NOT_LOADED. */
  constructor(options: PrimaryOptions) {
    super();
    if (cluster.isWorker) throw new BatonError('BATON_IN_WORKER', []);
    this.options = resolveOptions(options);
    const native = loadNative();
    const { queueTimeoutMs = 0 } = this.options;
    this.#dispatcher = new native.Dispatcher({ ...this.options, queueTimeoutMs }, (...event) => {
      const worker = this.#workers.get(event[1]);
      if (worker === undefined) return;
      if (event[0] === 'control') this.#onControl(worker, event[2]);
      else if (event[0] === 'left') this.#listeners.release(event[2], worker.slot);
      else this.#workers.delete(worker.id);
    });
    this.#listeners = new ListenerTable(native, this.#dispatcher, (listener) => {
      // Later: what the owner's code throws is no failure of listening.
      process.nextTick(() => this.emit('listening', describeListener(listener)));
    });
    const { metrics } = this.options;
    if (metrics !== false) this.#admin = new AdminServer(metrics, () => this.snapshot());
  }

  /**
   * Starts the workers, side by side. Resolves when each has listened, or when some have after `listenWarningMs`.
   * Rejects, with nothing left running, with BATON_APP_NOT_FOUND, BATON_METRICS_LISTEN, or BATON_BOOT_FAILED if no
   * worker came as far as listening.
   */
  async start(): Promise<void> {
    if (this.#phase !== 'new') throw new BatonError('BATON_ALREADY_STARTED', []);
    this.#phase = 'booting';
    checkApp(this.options.app);
    await this.#admin?.start();
    try {
      if (this.#stopped !== undefined) throw new BatonError('BATON_STOPPED', []);
      throwIfFailed(this.#dispatcher.start(), 'epoll_create1', 'start its dispatcher');
      for (let slot = 0; slot < this.options.workers; slot++) this.#startWorker(slot, 0);
      this.#later(this.options.listenWarningMs, () => {
        this.#bootIsOver = true;
        if (this.#phase === 'serving') this.#ready.resolve();
      });
      await this.#ready.promise;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Where the app listens, in the order in which they came. */
  get addresses(): ListenerInfo[] {
    return this.#listeners.all().map(describeListener);
  }

  /** Where the metrics are served, e.g. `http://127.0.0.1:9464/metrics`. */
  get metricsUrl(): string | undefined {
    return this.#admin?.url;
  }

  /** The state of all slots, and every counter since the start. Cheap: nobody is asked. */
  snapshot(): Snapshot {
    const workers = [...this.#slots.values()].map(describeSlot);
    const figures = this.#dispatcher.snapshot();
    return { ...figures, recordsRefused: figures.recordsRefused + this.#messagesRefused, workers };
  }

  /**
   * Stops accepting, sends SIGTERM to all workers, SIGKILL to those that are left after `stopTimeoutMs`, and resolves
   * when no process is left.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** Ends all workers at once, with SIGKILL. For when stop() takes too long. */
  kill(): Promise<void> {
    const stopped = this.stop();
    this.#signalAll('SIGKILL');
    return stopped;
  }

  async #stop(): Promise<void> {
    this.#phase = 'stopping';
    this.#ready.reject(new BatonError('BATON_STOPPED', []));
    for (const timer of this.#timers) clearTimeout(timer);
    this.#listeners.closeAll();
    for (const slot of this.#slots.values()) {
      if (!slot.worker.hasExited) this.#move(slot, 'draining');
    }
    this.#signalAll('SIGTERM');
    const deadline = setTimeout(() => this.#signalAll('SIGKILL'), this.options.stopTimeoutMs);
    await Promise.all([...this.#slots.values()].map((slot) => slot.worker.exited));
    clearTimeout(deadline);
    this.#dispatcher.stop();
    await this.#admin?.stop();
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
    const worker = new WorkerHandle(id, slotNumber, channel, this.options);
    const slot: Slot = { worker, restarts, restarting: false };
    this.#slots.set(slotNumber, slot);
    this.#workers.set(id, worker);
    this.emit('worker', describeSlot(slot), {});
    void this.#watch(slot);
  }

  async #watch(slot: Slot): Promise<void> {
    const { worker } = slot;
    this.#later(this.options.listenWarningMs, () => {
      if (worker.state === 'starting') this.emit('slow', describeSlot(slot));
    });
    this.#onExit(slot, await worker.exited);
  }

  #onExit(slot: Slot, exit: WorkerExit): void {
    const { worker } = slot;
    const detail = worker.spawnError ? { exit, error: worker.spawnError } : { exit };
    this.#move(slot, worker.state === 'draining' ? 'stopped' : 'crashed', detail);
    if (this.#phase === 'serving') this.#restart(slot);
    else if (this.#phase === 'booting') this.#checkBoot(exit, worker.spawnError);
  }

  #restart(slot: Slot): void {
    const { worker, restarts } = slot;
    const pause = slot.restarting || worker.ageMs < restartPauseMs ? restartPauseMs : 0;
    slot.restarting = true;
    this.#later(pause, () => {
      try {
        this.#startWorker(worker.slot, restarts + 1);
      } catch (error) {
        // No fds or memory for another process now; there may be some later.
        this.emit('worker', describeSlot(slot), { error: error as Error });
        this.#restart(slot);
      }
    });
  }

  /** While no worker has ever been ready, none is started again: what fails at boot would fail for ever. */
  #checkBoot(exit: WorkerExit, spawnError: Error | undefined): void {
    if ([...this.#slots.values()].some(({ worker }) => !worker.hasExited)) return;
    const how = spawnError ? spawnError.message : `each ended ${describeExit(exit)}`;
    this.#ready.reject(new BatonError('BATON_BOOT_FAILED', [this.options.app, how], spawnError));
  }

  #onControl(worker: WorkerHandle, payload: string): void {
    const message = parseWorkerMessage(payload);
    if (message === undefined) this.#messagesRefused += 1;
    if (message === undefined || this.#phase === 'stopping') return;
    if (message.type === 'listen') {
      answerListen(this.#dispatcher, this.#listeners, worker, message);
    } else if (worker.state === 'starting' && this.#listeners.get(message.listener) !== undefined) {
      this.#onReady(worker);
    }
  }

  #onReady(worker: WorkerHandle): void {
    const slot = this.#slots.get(worker.slot);
    if (slot?.worker !== worker) return;
    this.#move(slot, 'ready');
    const slots = [...this.#slots.values()];
    if (this.#phase === 'booting') {
      this.#phase = 'serving';
      for (const other of slots) {
        if (other.worker.hasExited) this.#restart(other);
      }
    }
    if (this.#bootIsOver || slots.every((other) => other.worker.state === 'ready')) this.#ready.resolve();
  }

  #move(slot: Slot, state: WorkerState, detail: PrimaryEvents['worker'][1] = {}): void {
    slot.worker.moveTo(state);
    this.emit('worker', describeSlot(slot), detail);
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
