import type { SignalNotice } from '../channel/messages.js';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { StopSignal } from '../options.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';

/**
 * How far apart one signal may come to the primary and to a worker. Who sends it to each process of a group, one after the other, is
 * done within milliseconds.
 */
const apartMs = 100;

/** See `Primary`'s event `recycle`. */
type OnRecycled = (worker: WorkerInfo, reason: RestartReason, error: Error | undefined) => void;

/**
 * What becomes of a signal that has come to a worker. Supervisors, terminals and process managers send one to all processes of a
 * service: then it is the primary's to obey, and no more than that happens. One that has come to a worker alone is about that worker.
 */
export class WorkerSignals {
  readonly #supervisor: Supervisor;
  readonly #onRecycled: OnRecycled;

  constructor(supervisor: Supervisor, onRecycled: OnRecycled) {
    this.#supervisor = supervisor;
    this.#onRecycled = onRecycled;
  }

  onSignal(worker: WorkerHandle, notice: SignalNotice): void {
    const { signal, atMs } = notice;
    // One that is not up is ended by a signal, and this is that.
    if (worker.state === 'draining' && !worker.wasReady) return void worker.tell({ type: 'signal', signal });
    setTimeout(() => {
      const { isStopping, isBooting } = this.#supervisor;
      const isDriving = signal !== 'SIGTERM' && signal !== 'SIGINT';
      // While the app boots, there is nothing that the primary could do.
      if (isStopping || (isDriving && isBooting)) return;
      if (!isDriving || this.#supervisor.orderedAt(signal) < atMs - apartMs) this.#obey(worker, notice);
    }, apartMs).unref();
  }

  /** The worker alone is meant. */
  #obey(worker: WorkerHandle, { signal, isHeard }: SignalNotice): void {
    const isEnding = signal === 'SIGTERM' || signal === 'SIGINT';
    if (isEnding ? !worker.wasReady : isHeard) worker.tell({ type: 'signal', signal });
    else if (isEnding || signal === 'SIGHUP') void this.#replace(worker, signal);
  }

  /** It ends, as it was told; but first there is another in its place. */
  async #replace(worker: WorkerHandle, signal: StopSignal): Promise<void> {
    if (worker.state !== 'ready' || worker.signal !== undefined) return; // it is on its way
    worker.signal = signal;
    const info = worker.info(0);
    try {
      if (await this.#supervisor.recycle(worker, 'signal')) this.#onRecycled(info, 'signal', undefined);
    } catch (error) {
      worker.signal = undefined;
      if (!this.#supervisor.isStopping) this.#onRecycled(info, 'signal', error as Error);
    }
  }
}
