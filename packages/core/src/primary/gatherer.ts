import type { MetricsMessage } from '../channel/metric-messages.js';
import { AppMetrics, type MetricObject } from '../metrics/app-metrics.js';
import { Deferred } from './deferred.js';
import type { WorkerHandle } from './worker-handle.js';

/** Workers that have not answered yet, and who waits for them. */
interface Round {
  id: number;
  missing: Set<WorkerHandle>;
  isOver: Deferred;
}

/** Gathers the metrics of the app from its workers. */
export class Gatherer {
  readonly #timeoutMs: number;
  readonly #metrics = new AppMetrics();
  /** Workers that have told of metrics. */
  readonly #tellers = new Set<WorkerHandle>();
  readonly #timeouts = new Map<number, number>();
  #round: Round | undefined;
  #current: Promise<MetricObject[]> | undefined;
  #lastId = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** How often a slot's worker has not answered in time. */
  timeouts(slot: number): number {
    return this.#timeouts.get(slot) ?? 0;
  }

  /** False if it makes no sense. */
  onMessage(worker: WorkerHandle, message: MetricsMessage): boolean {
    this.#tellers.add(worker);
    if (!this.#metrics.take(worker.id, message)) return false;
    if (message.type === 'metrics-told' && message.gather === this.#round?.id) this.#onAnswer(worker);
    return true;
  }

  onGone(worker: WorkerHandle): void {
    this.#tellers.delete(worker);
    this.#metrics.remove(worker.id);
    this.#onAnswer(worker);
  }

  /**
   * Asks all workers that have metrics, and resolves with what all have, as soon as all have answered, or the time is over. Who asks
   * meanwhile gets the same.
   */
  gather(): Promise<MetricObject[]> {
    this.#current ??= this.#gather().finally(() => (this.#current = undefined));
    return this.#current;
  }

  async #gather(): Promise<MetricObject[]> {
    const round: Round = { id: ++this.#lastId, missing: new Set(this.#tellers), isOver: new Deferred() };
    this.#round = round;
    this.#metrics.begin();
    for (const worker of round.missing) worker.tell({ type: 'gather', gather: round.id });
    if (round.missing.size > 0) {
      const timer = setTimeout(() => round.isOver.resolve(), this.#timeoutMs);
      await round.isOver.promise;
      clearTimeout(timer);
    }
    for (const { slot } of round.missing) this.#timeouts.set(slot, this.timeouts(slot) + 1);
    this.#round = undefined;
    return this.#metrics.read();
  }

  #onAnswer(worker: WorkerHandle): void {
    if (this.#round?.missing.delete(worker) && this.#round.missing.size === 0) this.#round.isOver.resolve();
  }
}
