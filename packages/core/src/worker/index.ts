// For an app whose `types` do not name them.
/// <reference types="node" preserve="true" />
/**
 * What an app may import to know of the worker in which it runs. It works without Baton, too, and does nothing then.
 * @module @baton/core/worker
 */
import type { Socket } from 'node:net';
import type { MetricsRegistry } from './metrics-registry.js';
import { sharedWorker, type BatonWorker } from './shared-worker.js';

export { BatonError, type BatonErrorCode } from '../errors.js';
export type { MetricsRegistry } from './metrics-registry.js';
export type { BatonWorker, WorkerEvents } from './shared-worker.js';

/** The worker in which this code runs. */
export const worker: BatonWorker = sharedWorker();

/** Lets the primary serve the metrics of a registry: the same as `worker.exposeMetrics()`. */
export function exposeMetrics(registry: MetricsRegistry): void {
  worker.exposeMetrics(registry);
}

/** Keeps a connection in this worker: the same as `worker.keep()`. */
export function keep(socket: Socket): void {
  worker.keep(socket);
}

/** Tells the primary that the app is ready: the same as `worker.ready()`. */
export function ready(): void {
  worker.ready();
}
