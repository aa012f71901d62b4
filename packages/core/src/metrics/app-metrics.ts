import {
  decodeValues,
  mostSeries,
  type Labels,
  type MetricFamily,
  type MetricsMessage,
} from '../channel/metric-messages.js';
import { aggregate } from './aggregate.js';

/** A metric with the values of all processes, as a registry gives it. */
export interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator: string;
  values: { value: number; labels: Labels; metricName?: string }[];
}

/** A series of the app, whichever workers have it. */
interface Series {
  readonly family: Family;
  readonly metricName: string | undefined;
  readonly labels: Labels;
  /** Whether it only grows. */
  readonly isCumulative: boolean;
  /** What workers that are gone had counted, and what was counted before it began anew. */
  kept: number;
}

interface Family extends MetricFamily {
  readonly series: Map<string, Series>;
}

/** What one worker has told. */
interface Source {
  families: (Family | undefined)[];
  series: (Series | undefined)[];
  values: number[];
  /** Whether its values are of now: else what goes up and down is left out. */
  isFresh: boolean;
}

/** Of all workers together, ever. */
const mostSeriesInAll = 4 * mostSeries;

/**
 * The app's own metrics, of all workers. Counters, histograms, and counts and sums of summaries never go down: what a worker
 * told last stays in the sum when it is gone. Gauges, and quantiles of summaries, are those of the workers that live, and become
 * one as their aggregator says.
 */
export class AppMetrics {
  readonly #families = new Map<string, Family>();
  readonly #sources = new Map<number, Source>();
  #seriesCount = 0;

  /** Takes what a worker tells. False if it makes no sense, or is too much. What contradicts another worker is left out. */
  take(worker: number, message: MetricsMessage): boolean {
    const source = this.#sources.get(worker) ?? { families: [], series: [], values: [], isFresh: false };
    this.#sources.set(worker, source);
    switch (message.type) {
      case 'metric-families':
        if (message.first + message.families.length > mostSeries) return false;
        message.families.forEach((family, index) => {
          source.families[message.first + index] = this.#family(family);
        });
        return true;
      case 'metric-series':
        if (message.first + message.series.length > mostSeries) return false;
        message.series.forEach(({ family, name, labels }, index) => {
          source.series[message.first + index] = this.#series(source.families[family], name, labels);
        });
        return true;
      case 'metric-values':
        return takeValues(source, message.first, message.values);
      case 'metrics-told':
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
    const source = this.#sources.get(worker);
    this.#sources.delete(worker);
    source?.series.forEach((series, place) => keep(series, source.values[place]));
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
    return [...this.#families.values()].flatMap(({ series, ...family }) => {
      if (family.aggregator === 'omit') return [];
      const found = [...series.values()].flatMap((one) => {
        const { labels, metricName } = one;
        const value = valueOf(one, values.get(one) ?? []);
        return value === undefined
          ? []
          : [{ value, labels, ...(metricName === undefined ? {} : { metricName }) }];
      });
      return found.length === 0 ? [] : [{ ...family, values: found }];
    });
  }

  /** Undefined where another worker says that it is of another type. */
  #family(family: MetricFamily): Family | undefined {
    const known = this.#families.get(family.name) ?? { ...family, series: new Map<string, Series>() };
    this.#families.set(family.name, known);
    return known.type === family.type ? known : undefined;
  }

  #series(family: Family | undefined, metricName: string | undefined, labels: Labels): Series | undefined {
    if (family === undefined) return undefined;
    const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = `${metricName ?? ''} ${JSON.stringify(sorted)}`;
    const known = family.series.get(key);
    if (known !== undefined) return known;
    if (this.#seriesCount >= mostSeriesInAll) return undefined;
    this.#seriesCount += 1;
    const series = { family, metricName, labels, isCumulative: isCumulative(family, labels), kept: 0 };
    family.series.set(key, series);
    return series;
  }
}

function isCumulative({ type, aggregator }: MetricFamily, labels: object): boolean {
  if (aggregator !== 'sum') return false;
  return type === 'counter' || type === 'histogram' || (type === 'summary' && !('quantile' in labels));
}

function takeValues(source: Source, first: number, text: string): boolean {
  const values = decodeValues(text);
  if (values === undefined || first + values.length > source.series.length) return false;
  values.forEach((value, index) => {
    const place = first + index;
    const before = source.values[place] ?? NaN;
    // It was reset, or its registry was cleared.
    if (value < before || Number.isNaN(value)) keep(source.series[place], before);
    source.values[place] = value;
  });
  return true;
}

function keep(series: Series | undefined, value = NaN): void {
  if (series?.isCumulative && !Number.isNaN(value)) series.kept += value;
}

function valueOf(
  { family, kept, isCumulative, labels }: Series,
  values: readonly number[],
): number | undefined {
  if (isCumulative) return values.reduce((total, value) => total + value, kept);
  // Quantiles have no sum.
  const isQuantile = family.type === 'summary' && 'quantile' in labels && family.aggregator === 'sum';
  return values.length === 0 ? undefined : aggregate(isQuantile ? 'average' : family.aggregator, values);
}
