import type { StopOrder } from '../channel/messages.js';
import { BatonError } from '../errors.js';
import type { KillDeadline, WorkerState } from '../metrics/snapshot.js';
import type { NativeDispatcher } from '../native.js';
import { longestTimeoutMs } from '../option-checks.js';
import type { ResolvedOptions, StopSignal } from '../options.js';
import type { ListenerTable } from './listener-table.js';
import type { Version } from './release.js';
import { stopDelay } from './stop-delay.js';
import { WorkerHandle, type WorkerExit } from './worker-handle.js';

/** Of the time to stop: when a worker ends by itself, so that `exit` listeners of the app run, which SIGKILL does not let. */
const exitPart = 0.95;

/** Of the time until then: how long requests may take to be finished, so that the app can still do what it does after that. */
const finishPart = 0.84;

/** What came with a worker's new state: how it ended, or why it could not be started. */
export interface WorkerDetail {
  /** How its process ended. */
  exit?: WorkerExit;
  /** If it ended by SIGKILL at a deadline: which one. */
  deadline?: KillDeadline;
  /** Of one that is starting: whether it is to take the place of another, which goes on until then. */
  isReplacement?: boolean;
  /** What the app threw that nobody caught, with its stack. */
  failure?: string;
  /** Why it could not be started. */
  error?: Error;
}

/** How all workers are ended. */
export interface StopPlan {
  /** What has come, where a signal has. */
  signal: StopSignal | undefined;
  /** Undefined: as the app wants it. */
  delayMs: number | undefined;
}

/** Of the primary's listeners, what a stop needs. */
export type StopListeners = Pick<ListenerTable, 'closeAll' | 'releaseAll' | 'whenClosed'>;

/** Whom the workers' doings are told. */
export interface WorkerObserver {
  onWorker(worker: WorkerHandle, detail: WorkerDetail): void;
  /** A worker has not come up for `listenWarningMs`. It goes on. */
  onSlow(worker: WorkerHandle): void;
}

/** All worker processes of a primary: starts them, and ends them, each in the way that is meant for it. */
export class WorkerPool {
  readonly #options: ResolvedOptions;
  readonly #dispatcher: NativeDispatcher;
  readonly #observer: WorkerObserver;
  /** Those whose process lives. */
  readonly #alive = new Set<WorkerHandle>();
  /** Those whose channel is open, by their id. */
  readonly #connected = new Map<number, WorkerHandle>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Where the primary's admin server answers: told to the workers that are started from here on. */
  adminUrl: string | undefined;
  #areMessagesHeard = false;
  #lastId = 0;
  #isStopping = false;

  constructor(options: ResolvedOptions, dispatcher: NativeDispatcher, observer: WorkerObserver) {
    this.#options = options;
    this.#dispatcher = dispatcher;
    this.#observer = observer;
  }

  /** Throws BATON_SYSTEM_CALL, what spawn(2) throws at once, and BATON_STOPPED after stop(). */
  start(slot: number, { generation, release }: Version, isOnProbation: boolean): WorkerHandle {
    if (this.#isStopping) throw new BatonError('BATON_STOPPED', []);
    const { adminUrl } = this;
    const areMessagesHeard = this.#areMessagesHeard;
    const id = ++this.#lastId;
    // One that takes another's place waits for no debugger.
    const mayInspect = !isOnProbation && this.#aliveIn(slot).length === 0;
    const { prefixOutput, stopTimeoutMs } = this.#options;
    const of = { isOnProbation, mayInspect, adminUrl, prefixOutput, stopTimeoutMs, areMessagesHeard };
    const place = { id, slot, generation, release, ...of };
    const worker = new WorkerHandle(place, this.#dispatcher);
    this.#alive.add(worker);
    this.#connected.set(worker.id, worker);
    this.#passInspector(slot);
    this.#observer.onWorker(worker, isOnProbation ? { isReplacement: true } : {});
    this.#later(this.#options.listenWarningMs, () => {
      if (worker.state === 'starting') this.#observer.onSlow(worker);
    });
    void worker.exited.then((exit) => this.#onExit(worker, exit));
    return worker;
  }

  /** The worker of that id, while its channel is open. */
  connected(id: number): WorkerHandle | undefined {
    return this.#connected.get(id);
  }

  onChannelClosed(id: number): void {
    this.#connected.get(id)?.channelClosed.resolve();
    this.#connected.delete(id);
  }

  alive(): WorkerHandle[] {
    return [...this.#alive];
  }

  /** Tells the workers whether anybody hears the messages of their apps from now on. */
  setMessagesHeard(isHeard: boolean): void {
    if (this.#areMessagesHeard === isHeard) return;
    this.#areMessagesHeard = isHeard;
    for (const worker of this.#connected.values()) worker.tell({ type: 'messages-heard', isHeard });
  }

  onReady(worker: WorkerHandle): void {
    if (worker.state === 'starting') this.#move(worker, 'ready');
  }

  /** Who serves what has changed. */
  onListeners(): void {
    for (const worker of this.#alive) worker.look();
  }

  /** Ends a worker in whose place others go on: no client notices. What it has not ended in time is cut off. */
  drain(worker: WorkerHandle): void {
    if (worker.hasExited || worker.state === 'draining') return;
    const { drainTimeoutMs, stopTimeoutMs } = this.#options;
    const signals = this.#signals(worker.signal);
    const isUp = worker.state === 'ready';
    this.#dispatcher.drain(worker.id);
    this.#move(worker, 'draining');
    // One that is not up yet has no requests to finish, and may not hear of the order for long.
    const exitMs = stopTimeoutMs * exitPart;
    const order = { type: 'drain', signals, timeoutMs: drainTimeoutMs, exitMs } as const;
    if (!isUp || !worker.tell(order)) worker.kill('SIGTERM');
    const afterMs = Math.min(drainTimeoutMs + stopTimeoutMs, longestTimeoutMs);
    this.#later(afterMs, () => this.#end(worker, { of: 'drain', afterMs }));
  }

  /** Ends all workers; those that are left after `stopTimeoutMs`, by SIGKILL. Resolves when none is left. */
  async stop({ signal, delayMs }: StopPlan, listeners: StopListeners): Promise<void> {
    this.#isStopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const { stopTimeoutMs } = this.#options;
    const startedAt = performance.now();
    const exitMs = stopTimeoutMs * exitPart;
    const leftMs = (): number => Math.max(0, startedAt + exitMs - performance.now()) * finishPart;
    const order = { type: 'stop', signals: this.#signals(signal), timeoutMs: leftMs(), exitMs } as const;
    const serving = [...this.#alive].filter(({ state }) => state === 'ready');
    const told = [...this.#alive].filter((worker) => this.#tellOfStop(worker, order));
    const deadline = setTimeout(() => {
      for (const worker of this.#alive) this.#end(worker, { of: 'stop', afterMs: stopTimeoutMs });
    }, stopTimeoutMs);
    // Nobody but those that serve has a say in when the listeners are closed.
    for (const worker of this.#alive) if (!serving.includes(worker)) listeners.releaseAll(worker, false);
    if (delayMs !== 0) {
      const nothingListens = listeners.whenClosed();
      await stopDelay({ workers: serving, delayMs, stopTimeoutMs, nothingListens });
    }
    listeners.closeAll();
    for (const worker of told) worker.tell({ type: 'finish', timeoutMs: leftMs() });
    await Promise.all([...this.#alive].map(({ exited }) => exited));
    clearTimeout(deadline);
  }

  /** Ends all workers at once. */
  kill(): void {
    for (const worker of this.#alive) worker.kill('SIGKILL');
  }

  /** Whether it was told; one that is not up yet is ended at once. */
  #tellOfStop(worker: WorkerHandle, order: StopOrder): boolean {
    const { state, wasReady } = worker;
    if (state !== 'draining') this.#move(worker, 'draining');
    if (wasReady && worker.tell(order)) return true;
    if (state !== 'draining') worker.kill('SIGTERM');
    return false;
  }

  /** What the app is to hear, the first that it listens for. */
  #signals(signal: StopSignal | undefined): StopSignal[] {
    const { stopSignal } = this.#options;
    return [...new Set([signal ?? stopSignal, stopSignal, 'SIGTERM', 'SIGINT'] as const)];
  }

  #aliveIn(slot: number): WorkerHandle[] {
    return [...this.#alive].filter((worker) => worker.slot === slot);
  }

  /** Only one worker of a slot can listen on the port of its inspector: the next one does when that one has ended. */
  #passInspector(slot: number): void {
    const workers = this.#aliveIn(slot);
    if (workers.some(({ hasInspector }) => hasInspector)) return;
    workers.find(({ state }) => state !== 'draining')?.openInspector();
  }

  #end(worker: WorkerHandle, deadline: KillDeadline): void {
    worker.deadline = deadline;
    worker.kill('SIGKILL');
  }

  #onExit(worker: WorkerHandle, exit: WorkerExit): void {
    this.#alive.delete(worker);
    this.#passInspector(worker.slot);
    const { spawnError: error, failure } = worker;
    const deadline = exit.signal === 'SIGKILL' ? worker.deadline : undefined;
    const detail = {
      exit,
      ...(error && { error }),
      ...(failure !== undefined && { failure }),
      ...(deadline && { deadline }),
    };
    this.#move(worker, worker.state === 'draining' ? 'stopped' : 'crashed', detail);
  }

  #move(worker: WorkerHandle, state: WorkerState, detail: WorkerDetail = {}): void {
    worker.moveTo(state);
    this.#observer.onWorker(worker, detail);
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    timer.unref();
    this.#timers.add(timer);
  }
}
