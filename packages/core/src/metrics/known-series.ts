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
const mostCharacters = 2 * 1024 * 1024;

/** A metric of the app, whichever workers have it. */
export interface Family extends MetricFamily {
  readonly series: Map<string, Series>;
  /** How many workers have it. */
  users: number;
}

/** One of its series, whichever workers have it. */
export class Series {
  readonly family: Family;
  /** Its name and labels: all that is kept of them, as there may be many. */
  readonly key: string;
  /** Whether it only grows. */
  readonly isCumulative: boolean;
  /** What workers that are gone had counted, and what was counted before it began anew. */
  kept = 0;
  /** How many workers have it. */
  users = 0;

  constructor(family: Family, key: string) {
    this.family = family;
    this.key = key;
    const { type, aggregator } = family;
    const isOfSum = type === 'counter' || type === 'histogram' || (type === 'summary' && !this.isQuantile);
    this.isCumulative = aggregator === 'sum' && isOfSum;
  }

  get labels(): Labels {
    return JSON.parse(this.key.slice(this.key.indexOf(' '))) as Labels;
  }

  /** Undefined: the family's. */
  get metricName(): string | undefined {
    return this.key.slice(0, this.key.indexOf(' ')) || undefined;
  }

  get isQuantile(): boolean {
    return this.family.type === 'summary' && 'quantile' in this.labels;
  }
}

/** The same for the same labels, in whatever order a worker has them. No name of a metric has a blank. */
function keyOf(family: Family, { name, labels }: MetricSeries): string {
  const ownName = name === undefined || name === family.name ? '' : name;
  return `${ownName} ${JSON.stringify(labels, Object.keys(labels).toSorted())}`;
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
  useSeries(family: Family, told: MetricSeries): Series | MetricRefusal {
    if (!isNameOf(family, told.name) || !areLabels(told.labels)) return 'malformed';
    const key = keyOf(family, told);
    const series = family.series.get(key) ?? this.#addSeries(family, key);
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

  #addSeries(family: Family, key: string): Series | undefined {
    if (this.#series >= mostSeries || !this.#hasRoomFor(key.length)) return undefined;
    this.#series += 1;
    const series = new Series(family, key);
    family.series.set(key, series);
    return series;
  }

  #hasRoomFor(characters: number): boolean {
    if (this.#characters + characters > mostCharacters) return false;
    this.#characters += characters;
    return true;
  }
}
