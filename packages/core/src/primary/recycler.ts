import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ResolvedOptions } from '../options.js';
import { residentBytes } from './resident-memory.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';

/** No event tells of a process that has grown. */
const intervalMs = 1_000;

/** A worker whose successor failed is left alone for so long. */
const retryAfterMs = 60_000;

/** Has workers replaced that have grown too large, or too old: never two at once, since the supervisor does one thing at a time. */
export class Recycler {
  readonly #options: ResolvedOptions;
  readonly #supervisor: Supervisor;
  readonly #onRecycled: (worker: WorkerInfo, reason: RestartReason, error: Error | undefined) => void;
  /** Workers in hand, and those left alone. */
  readonly #busy = new Set<WorkerHandle>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    options: ResolvedOptions,
    supervisor: Supervisor,
    onRecycled: (worker: WorkerInfo, reason: RestartReason, error: Error | undefined) => void,
  ) {
    this.#options = options;
    this.#supervisor = supervisor;
    this.#onRecycled = onRecycled;
  }

  start(): void {
    const { maxMemoryBytes, maxAgeMs } = this.#options;
    if (maxMemoryBytes === undefined && maxAgeMs === undefined) return;
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const { current } of this.#supervisor.slots) {
      if (current?.state !== 'ready' || this.#busy.has(current)) continue;
      const reason = this.#reasonFor(current);
      if (reason !== undefined) void this.#recycle(current, reason);
    }
  }

  #reasonFor({ pid, ageMs }: WorkerHandle): RestartReason | undefined {
    const { maxMemoryBytes = Infinity, maxAgeMs = Infinity } = this.#options;
    if (ageMs > maxAgeMs) return 'maxAge';
    return maxMemoryBytes < Infinity && (residentBytes(pid) ?? 0) > maxMemoryBytes ? 'maxMemory' : undefined;
  }

  async #recycle(worker: WorkerHandle, reason: RestartReason): Promise<void> {
    this.#busy.add(worker);
    const info = worker.info(0);
    try {
      if (await this.#supervisor.recycle(worker, reason)) this.#onRecycled(info, reason, undefined);
      this.#busy.delete(worker);
    } catch (error) {
      if (this.#supervisor.isStopping) return;
      this.#onRecycled(info, reason, error as Error);
      setTimeout(() => this.#busy.delete(worker), retryAfterMs).unref();
    }
  }
}
