import type { Metric } from 'prom-client';
import type { LatencyFigures } from '../native.js';

type Value = { labels: object; value: number; metricName: string };

/**
 * A histogram whose buckets were filled elsewhere. prom-client's own can only observe one value at a time; its registry
 * takes any object that answers `get()` with the values to print.
 */
export class DurationHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  #durations: readonly (readonly [labels: object, figures: LatencyFigures])[] = [];

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  /** All that it has, by its labels. */
  set(durations: readonly (readonly [labels: object, figures: LatencyFigures])[]): void {
    this.#durations = durations;
  }

  reset(): void {}

  asMetric(): Metric {
    return this as unknown as Metric;
  }

  get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    const values = this.#durations.flatMap(([labels, figures]) => this.#values(labels, figures));
    return Promise.resolve({ name, help, type, aggregator, values });
  }

  #values(labels: object, { boundsNs, counts, sumNs }: LatencyFigures): Value[] {
    let count = 0;
    const buckets = counts.map((inBucket, index): Value => {
      count += inBucket;
      const bound = boundsNs[index];
      const le = bound === undefined ? '+Inf' : bound / 1e9;
      return { labels: { ...labels, le }, value: count, metricName: `${this.name}_bucket` };
    });
    return [
      ...buckets,
      { labels, value: sumNs / 1e9, metricName: `${this.name}_sum` },
      { labels, value: count, metricName: `${this.name}_count` },
    ];
  }
}
