import { isCumulative, type Labels, type MetricSeries } from '../channel/metric-messages.js';
import type { Family } from './app-family.js';

/** One of the observations that a series counts, as client libraries have it. */
export interface Exemplar {
  labelSet: Labels;
  value: number;
  /** In seconds. */
  timestamp?: number | undefined;
}

/** A series of the app, whichever workers have it. */
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
  /** Of `LeftSeries`: whether it is one of them, and its neighbours there. */
  isLeft = false;
  older: Series | undefined;
  newer: Series | undefined;
  /** The last one. */
  exemplar: Exemplar | undefined;

  constructor(family: Family, key: string, labels: Labels) {
    this.family = family;
    this.key = key;
    this.isCumulative = isCumulative(family, labels);
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

  /** What a histogram or a summary has with the same labels: none of it means anything without the others. */
  isOneWith(other: Series): boolean {
    if (other.family !== this.family) return false;
    const { type } = this.family;
    return (
      (type === 'histogram' || type === 'summary') && withoutBound(this.labels) === withoutBound(other.labels)
    );
  }

  /** What a worker has told for the last time, or before it began anew. */
  keep(value: number): void {
    const sum = this.kept + value;
    if (this.isCumulative && Number.isFinite(sum)) this.kept = sum;
  }
}

/** The same for the same labels, in whatever order a worker has them. No name of a metric has a blank. */
export function keyOf(family: Family, { name, labels }: MetricSeries): string {
  const ownName = name === undefined || name === family.name ? '' : name;
  return `${ownName} ${JSON.stringify(labels, Object.keys(labels).toSorted())}`;
}

function withoutBound({ le: _le, quantile: _quantile, ...labels }: Labels): string {
  return JSON.stringify(labels);
}
