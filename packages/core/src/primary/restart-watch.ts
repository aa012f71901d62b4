import type { WorkerInfo } from '../metrics/snapshot.js';
import type { WorkerDetail } from './worker-pool.js';

/**
 * Tells the workers that were started since their slot's last one had crashed from those that a boot, `scale` or a reload has started.
 * It must see all events of a primary's workers.
 */
export class RestartWatch {
  /** How often the worker of each slot was started again, as seen so far. */
  readonly #restarts = new Map<number, number>();

  isRestart({ slot, pid, state, restarts }: WorkerInfo, { isReplacement = false }: WorkerDetail): boolean {
    // One without a pid could not be started: it crashes at once.
    if (state !== 'starting' || isReplacement || pid === undefined) return false;
    const isNext = restarts > (this.#restarts.get(slot) ?? 0);
    this.#restarts.set(slot, restarts);
    return isNext;
  }
}
