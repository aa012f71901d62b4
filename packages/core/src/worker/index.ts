/** What an app may import from `@baton/core/worker`. Works without Baton, too, and does nothing then. */
import { sharedWorker, type BatonWorker } from './shared-worker.js';

export type { BatonWorker, WorkerEvents } from './shared-worker.js';

/** The worker in which this code runs. */
export const worker: BatonWorker = sharedWorker();

/** Tells the primary that the app is ready, as `worker.ready()`. */
export function ready(): void {
  worker.ready();
}
