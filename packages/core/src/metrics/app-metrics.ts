import type { Labels, MetricsMessage } from '../channel/metric-messages.js';
import { aggregate } from './aggregate.js';
import type { Exemplar, Series } from './app-series.js';
import { AppSource } from './app-source.js';
import { KnownSeries } from './known-series.js';
import { metricRefusals, type MetricRefusal, type RefusedMetric } from './metric-refusal.js';

/** A metric with the values of all processes, as a registry gives it. */
export interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator: string;
  values: { value: number; labels: Labels; metricName?: string; exemplar?: Exemplar }[];
}

/**
 * The app's own metrics, of all workers. Counters, histograms, and counts and sums of summaries never go down: what a worker
 * told last stays in the sum when it is gone. Gauges, and quantiles of summaries, are those of the workers that live, and become
 * one as their aggregator says.
 */
export class AppMetrics {
  readonly #known = new KnownSeries();
  /** By worker, the oldest first. */
  readonly #sources = new Map<number, AppSource>();
  readonly #refused = new Map<MetricRefusal, number>(metricRefusals.map((why) => [why, 0]));
  readonly #onRefused: (why: MetricRefusal, told?: RefusedMetric) => void;

  /** `onRefused`: something was refused; `told`: the metric, where it is known. */
  constructor(onRefused: (why: MetricRefusal, told?: RefusedMetric) => void = () => {}) {
    this.#onRefused = onRefused;
  }

  /** How many metrics, series and values were not taken, by why. */
  get refused(): Record<MetricRefusal, number> {
    return Object.fromEntries(this.#refused) as Record<MetricRefusal, number>;
  }

  /** Takes what a worker tells. False if it makes no sense. */
  take(worker: number, message: MetricsMessage): boolean {
    let source = this.#sources.get(worker);
    if (source === undefined) {
      source = new AppSource(this.#known, (...refused) => this.#refuse(...refused));
      this.#sources.set(worker, source);
    }
    return source.take(message);
  }

  /** What is told from here on is of now. */
  begin(): void {
    for (const source of this.#sources.values()) source.isFresh = false;
  }

  /** Whether something of this worker was refused that would be taken now. */
  hasMissed(worker: number): boolean {
    return this.#sources.get(worker)?.hasMissed ?? false;
  }

  /** A worker is gone. What it has counted stays. */
  remove(worker: number): void {
    this.#sources.get(worker)?.end();
    this.#sources.delete(worker);
  }

  /** All metrics, of all workers. */
  read(): MetricObject[] {
    const values = new Map<Series, number[]>();
    for (const source of this.#sources.values()) source.read(values);
    const metrics: MetricObject[] = [];
    for (const { name, help, type, aggregator, series } of this.#known.families()) {
      if (aggregator === 'omit') continue;
      const found: MetricObject['values'] = [];
      for (const one of series.values()) {
        const value = valueOf(one, values.get(one) ?? []);
        if (value === undefined) continue;
        const { labels, metricName, exemplar } = one;
        const shown: MetricObject['values'][number] = { value, labels };
        if (metricName !== undefined) shown.metricName = metricName;
        if (exemplar !== undefined) shown.exemplar = exemplar;
        found.push(shown);
      }
      if (found.length > 0) metrics.push({ name, help, type, aggregator, values: found });
    }
    return metrics;
  }

  #refuse(why: MetricRefusal, told?: RefusedMetric, count = 1): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + count);
    this.#onRefused(why, told);
  }
}

function valueOf(series: Series, values: readonly number[]): number | undefined {
  if (series.isCumulative) return values.reduce((total, value) => total + value, series.kept);
  if (values.length === 0) return undefined;
  const { aggregator } = series.family;
  // Quantiles have no sum.
  return aggregate(aggregator === 'sum' && series.isQuantile ? 'average' : aggregator, values);
}
