import {
  longestHelp,
  mostFamilies,
  mostSeries,
  type Labels,
  type MetricFamily,
  type MetricSeries,
} from '../channel/metric-messages.js';
import { aggregators } from './aggregate.js';
import { areLabels, isFamily, isNameOf } from './metric-grammar.js';
import type { MetricRefusal } from './metric-refusal.js';

/** Of all names, helps and labels together. */
export const mostCharacters = 2 * 1024 * 1024;

/** A metric of the app, whichever workers have it. */
export interface Family extends MetricFamily {
  readonly series: Map<string, Series>;
  /** How many workers have it. */
  users: number;
}

/** One of its series, whichever workers have it. */
export interface Series {
  readonly key: string;
  readonly family: Family;
  readonly metricName: string | undefined;
  readonly labels: Labels;
  /** Whether it only grows. */
  readonly isCumulative: boolean;
  /** What workers that are gone had counted, and what was counted before it began anew. */
  kept: number;
  /** How many workers have it. */
  users: number;
}

/**
 * The metrics of the app, of all workers together, ever. There are no more of them than the primary has room for, and none that would
 * keep Prometheus from reading the rest.
 */
export class KnownSeries {
  readonly #families = new Map<string, Family>();
  #series = 0;
  #characters = 0;

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  /** One more worker has it. */
  useFamily(told: MetricFamily): Family | MetricRefusal {
    if (!isFamily(told)) return 'malformed';
    const family = this.#families.get(told.name) ?? this.#addFamily(told);
    if (family === undefined) return 'limit';
    if (family.type !== told.type) return 'conflict';
    family.users += 1;
    return family;
  }

  /** One more worker has it. */
  useSeries(family: Family, { name, labels }: MetricSeries): Series | MetricRefusal {
    if (!isNameOf(family, name) || !areLabels(labels)) return 'malformed';
    const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = `${name ?? ''} ${JSON.stringify(sorted)}`;
    const series = family.series.get(key) ?? this.#addSeries({ key, family, metricName: name, labels });
    if (series === undefined) return 'limit';
    series.users += 1;
    return series;
  }

  /** A worker has it no more. What it has counted stays; what is of now only goes with the last that has it. */
  leaveSeries(series: Series): void {
    series.users -= 1;
    const { key, family } = series;
    if (series.users > 0 || series.isCumulative) return;
    family.series.delete(key);
    this.#series -= 1;
    this.#characters -= key.length;
    this.#forgetIfUnused(family);
  }

  /** Likewise. Its series first. */
  leaveFamily(family: Family): void {
    family.users -= 1;
    this.#forgetIfUnused(family);
  }

  #forgetIfUnused(family: Family): void {
    if (family.users > 0 || family.series.size > 0) return;
    const { name, help } = family;
    if (this.#families.delete(name)) this.#characters -= name.length + help.length;
  }

  #addFamily({ name, help, type, aggregator }: MetricFamily): Family | undefined {
    const isTooMuch = help.length > longestHelp || this.#families.size >= mostFamilies;
    if (isTooMuch || !this.#hasRoomFor(name.length + help.length)) return undefined;
    const known = aggregators.includes(aggregator) ? aggregator : 'sum';
    const family = { name, help, type, aggregator: known, series: new Map<string, Series>(), users: 0 };
    this.#families.set(name, family);
    return family;
  }

  #addSeries(told: Pick<Series, 'key' | 'family' | 'metricName' | 'labels'>): Series | undefined {
    const { key, family, labels } = told;
    if (this.#series >= mostSeries || !this.#hasRoomFor(key.length)) return undefined;
    this.#series += 1;
    const series = { ...told, isCumulative: isCumulative(family, labels), kept: 0, users: 0 };
    family.series.set(key, series);
    return series;
  }

  #hasRoomFor(characters: number): boolean {
    if (this.#characters + characters > mostCharacters) return false;
    this.#characters += characters;
    return true;
  }
}

function isCumulative({ type, aggregator }: MetricFamily, labels: object): boolean {
  if (aggregator !== 'sum') return false;
  return type === 'counter' || type === 'histogram' || (type === 'summary' && !('quantile' in labels));
}
