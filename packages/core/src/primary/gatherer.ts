import { availableParallelism } from 'node:os';
import type { MetricsMessage } from '../channel/metric-messages.js';
import { AppMetrics, type MetricObject } from '../metrics/app-metrics.js';
import { RefusalWarnings, type MetricRefusal } from '../metrics/metric-refusal.js';
import { Deferred } from './deferred.js';
import { GatherErrors } from './gather-errors.js';
import { within } from './within.js';
import type { WorkerHandle } from './worker-handle.js';
/** One gathering. */
interface Round {
  id: number;
  /** Workers that are still to be asked. */
  waiting: WorkerHandle[];
  /** Workers that were asked just now, each with the time when the next is asked even so. */
  asked: Map<WorkerHandle, NodeJS.Timeout>;
  /** Workers that have not answered. */
  missing: Set<WorkerHandle>;
  /** When it is over, whoever has not answered. */
  until: number;
  isOver: Deferred;
}

/** So many workers are asked at a time: all at once would keep the processors from the handoffs for long. */
const atATime = availableParallelism();

/** One that takes longer keeps no other from its turn. */
const patienceMs = 20;

/** Gathers the metrics of the app from its workers. */
export class Gatherer {
  readonly #timeoutMs: number;
  readonly #metrics: AppMetrics;
  readonly #errors: GatherErrors;
  /** Workers that have told of metrics. */
  readonly #tellers = new Set<WorkerHandle>();
  readonly #timeouts = new Map<number, number>();
  #round: Round | undefined;
  #current: Promise<MetricObject[]> | undefined;
  #lastId = 0;

  /** `warn`: hears, once for each reason, why metrics are left out. */
  constructor(timeoutMs: number, warn: (message: string) => void) {
    this.#timeoutMs = timeoutMs;
    this.#errors = new GatherErrors(warn);
    const warnings = new RefusalWarnings(warn);
    this.#metrics = new AppMetrics((why, told) => warnings.onRefused(why, told));
  }

  /** What workers have told that was not taken, by why. */
  get refused(): Record<MetricRefusal, number> {
    return this.#metrics.refused;
  }

  /** How often a slot's worker has not answered in time. */
  timeouts(slot: number): number {
    return this.#timeouts.get(slot) ?? 0;
  }

  /** How often a metric of a slot's worker could not be read. */
  errors(slot: number): number {
    return this.#errors.count(slot);
  }

  /** False if it makes no sense. */
  onMessage(worker: WorkerHandle, message: MetricsMessage): boolean {
    this.#tellers.add(worker);
    if (!this.#metrics.take(worker.id, message)) return false;
    if (message.type !== 'metrics-told') return true;
    const { gather, failed = 0, failures = [] } = message;
    this.#errors.onFailed(worker.slot, failed, failures);
    if (gather === this.#round?.id) this.#onAnswer(worker);
    return true;
  }

  onGone(worker: WorkerHandle): void {
    this.#tellers.delete(worker);
    this.#metrics.remove(worker.id);
    this.#onAnswer(worker);
  }

  /**
   * Asks all workers that have metrics, and resolves with what all have, as soon as all have answered, or the time is over. Who asks
   * meanwhile gets the same, or what has come until `withinMs` is over.
   */
  gather(withinMs = Infinity): Promise<MetricObject[]> {
    const timeoutMs = Math.min(withinMs, this.#timeoutMs);
    if (this.#current) return this.#join(this.#current, timeoutMs);
    this.#current = this.#gather(timeoutMs).finally(() => (this.#current = undefined));
    return this.#current;
  }

  async #join(current: Promise<MetricObject[]>, timeoutMs: number): Promise<MetricObject[]> {
    let metrics: MetricObject[] | undefined;
    const joined = current.then((found) => (metrics = found));
    await within(timeoutMs, joined);
    return metrics ?? this.#metrics.read();
  }

  async #gather(timeoutMs: number): Promise<MetricObject[]> {
    const tellers = [...this.#tellers];
    const round: Round = {
      id: ++this.#lastId,
      waiting: tellers,
      asked: new Map(),
      missing: new Set(tellers),
      until: performance.now() + timeoutMs,
      isOver: new Deferred(),
    };
    this.#round = round;
    this.#metrics.begin();
    if (round.missing.size > 0) {
      const timer = setTimeout(() => round.isOver.resolve(), timeoutMs);
      for (let i = 0; i < atATime; i++) this.#askNext(round);
      await round.isOver.promise;
      clearTimeout(timer);
    }
    for (const timer of round.asked.values()) clearTimeout(timer);
    for (const { slot } of round.missing) this.#timeouts.set(slot, this.timeouts(slot) + 1);
    this.#round = undefined;
    return this.#metrics.read();
  }

  #askNext(round: Round): void {
    const worker = round.waiting.shift();
    if (worker === undefined) return;
    round.asked.set(
      worker,
      setTimeout(() => this.#goOn(round, worker), patienceMs),
    );
    worker.tell({
      type: 'gather',
      gather: round.id,
      withinMs: Math.max(1, Math.round(round.until - performance.now())),
      isAnew: this.#metrics.hasMissed(worker.id),
    });
  }

  /** This worker has had its turn. */
  #goOn(round: Round, worker: WorkerHandle): void {
    clearTimeout(round.asked.get(worker));
    if (round.asked.delete(worker)) this.#askNext(round);
  }

  #onAnswer(worker: WorkerHandle): void {
    const round = this.#round;
    if (!round?.missing.delete(worker)) return;
    this.#goOn(round, worker);
    if (round.missing.size === 0) round.isOver.resolve();
  }
}
