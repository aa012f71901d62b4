import {
  decodeValues,
  mostFamilies,
  mostSeries,
  type Labels,
  type MetricFamily,
  type MetricSeries,
  type MetricsMessage,
} from '../channel/metric-messages.js';
import { aggregate } from './aggregate.js';
import { KnownSeries, type Family, type Series } from './known-series.js';
import { metricRefusals, type MetricRefusal } from './metric-refusal.js';

/** A metric with the values of all processes, as a registry gives it. */
export interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator: string;
  values: { value: number; labels: Labels; metricName?: string }[];
}

/** What one worker has told; `undefined` in the place of what was refused. */
interface Source {
  families: (Family | undefined)[];
  series: (Series | undefined)[];
  values: number[];
  /** Whether its values are of now: else what goes up and down is left out. */
  isFresh: boolean;
}

/**
 * The app's own metrics, of all workers. Counters, histograms, and counts and sums of summaries never go down: what a worker
 * told last stays in the sum when it is gone. Gauges, and quantiles of summaries, are those of the workers that live, and become
 * one as their aggregator says.
 */
export class AppMetrics {
  readonly #known = new KnownSeries();
  readonly #sources = new Map<number, Source>();
  readonly #refused = new Map<MetricRefusal, number>(metricRefusals.map((why) => [why, 0]));
  readonly #onRefused: (why: MetricRefusal, name: string | undefined) => void;

  /** `onRefused`: something was refused for a reason for which nothing was before; the metric, where it is known. */
  constructor(onRefused: (why: MetricRefusal, name: string | undefined) => void = () => {}) {
    this.#onRefused = onRefused;
  }

  /** How many metrics, series and values were not taken, by why. */
  get refused(): Record<MetricRefusal, number> {
    return Object.fromEntries(this.#refused) as Record<MetricRefusal, number>;
  }

  /** Takes what a worker tells. False if it makes no sense. */
  take(worker: number, message: MetricsMessage): boolean {
    const source = this.#sources.get(worker) ?? { families: [], series: [], values: [], isFresh: false };
    this.#sources.set(worker, source);
    switch (message.type) {
      case 'metric-families':
        message.families.forEach((told, index) => this.#takeFamily(source, message.first + index, told));
        return true;
      case 'metric-series':
        if (message.first === 0) this.#forgetSeries(source);
        message.series.forEach((told, index) => this.#takeSeries(source, message.first + index, told));
        return true;
      case 'metric-values':
        return this.#takeValues(source, message.first, message.values);
      case 'metrics-told':
        if (message.leftOut) this.#refuse('limit', undefined, message.leftOut);
        source.isFresh = true;
        return true;
    }
  }

  /** What is told from here on is of now. */
  begin(): void {
    for (const source of this.#sources.values()) source.isFresh = false;
  }

  /** A worker is gone. What it has counted stays. */
  remove(worker: number): void {
    const { families = [], series = [], values = [] } = this.#sources.get(worker) ?? {};
    this.#sources.delete(worker);
    series.forEach((one, place) => {
      keep(one, values[place]);
      if (one) this.#known.leaveSeries(one);
    });
    for (const family of families) if (family) this.#known.leaveFamily(family);
  }

  /** All metrics, of all workers. */
  read(): MetricObject[] {
    const values = new Map<Series, number[]>();
    for (const source of this.#sources.values()) {
      source.series.forEach((series, place) => {
        const value = source.values[place] ?? NaN;
        if (series === undefined || Number.isNaN(value) || !(series.isCumulative || source.isFresh)) return;
        const others = values.get(series);
        if (others) others.push(value);
        else values.set(series, [value]);
      });
    }
    const metrics: MetricObject[] = [];
    for (const { name, help, type, aggregator, series } of this.#known.families()) {
      if (aggregator === 'omit') continue;
      const found: MetricObject['values'] = [];
      for (const one of series.values()) {
        const value = valueOf(one, values.get(one) ?? []);
        if (value === undefined) continue;
        const { labels, metricName } = one;
        found.push(metricName === undefined ? { value, labels } : { value, labels, metricName });
      }
      if (found.length > 0) metrics.push({ name, help, type, aggregator, values: found });
    }
    return metrics;
  }

  #takeFamily({ families }: Source, place: number, told: MetricFamily): void {
    if (place >= mostFamilies) return this.#refuse('limit', told.name);
    const family = this.#known.useFamily(told);
    const before = families[place];
    families[place] = typeof family === 'string' ? this.#refuse(family, told.name) : family;
    if (before) this.#known.leaveFamily(before);
  }

  /** It tells all of them anew, and then their values. */
  #forgetSeries(source: Source): void {
    for (const one of source.series) if (one) this.#known.leaveSeries(one);
    source.series = [];
    source.values = [];
  }

  #takeSeries({ families, series: all, values }: Source, place: number, told: MetricSeries): void {
    const family = families[told.family];
    if (place >= mostSeries) return this.#refuse('limit', family?.name);
    const before = all[place];
    // With a family that was refused, so were its series.
    const series = family && this.#known.useSeries(family, told);
    all[place] = typeof series === 'string' ? this.#refuse(series, family?.name) : series;
    values[place] = NaN;
    if (before) this.#known.leaveSeries(before);
  }

  #takeValues({ series, values }: Source, first: number, text: string): boolean {
    const told = decodeValues(text);
    if (told === undefined || first + told.length > series.length) return false;
    told.forEach((value, index) => {
      const place = first + index;
      const one = series[place];
      const before = values[place] ?? NaN;
      // For ever, the sum of all workers would be infinite too.
      if (one?.isCumulative && Math.abs(value) === Infinity) {
        this.#refuse('infinite', one.family.name);
        return;
      }
      // It was reset, or its registry was cleared.
      if (value < before || Number.isNaN(value)) keep(one, before);
      values[place] = value;
    });
    return true;
  }

  #refuse(why: MetricRefusal, name: string | undefined, count = 1): undefined {
    const before = this.#refused.get(why) ?? 0;
    this.#refused.set(why, before + count);
    if (before === 0) this.#onRefused(why, name);
  }
}

function keep(series: Series | undefined, value = NaN): void {
  if (!series?.isCumulative) return;
  const sum = series.kept + value;
  if (Number.isFinite(sum)) series.kept = sum;
}

function valueOf(series: Series, values: readonly number[]): number | undefined {
  if (series.isCumulative) return values.reduce((total, value) => total + value, series.kept);
  if (values.length === 0) return undefined;
  const { aggregator } = series.family;
  // Quantiles have no sum.
  return aggregate(aggregator === 'sum' && series.isQuantile ? 'average' : aggregator, values);
}
