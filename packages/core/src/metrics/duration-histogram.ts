import type { Metric } from 'prom-client';
import type { NativeSnapshot } from '../native.js';

/**
 * A histogram whose buckets were filled elsewhere. prom-client's own can only observe one value at a time; its registry
 * takes any object that answers `get()` with the values to print.
 */
export class DurationHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  #latency: NativeSnapshot['latency'] = { boundsNs: [], counts: [], sumNs: 0 };

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  set(latency: NativeSnapshot['latency']): void {
    this.#latency = latency;
  }

  reset(): void {}

  asMetric(): Metric {
    return this as unknown as Metric;
  }

  get(): Promise<object> {
    const { boundsNs, counts, sumNs } = this.#latency;
    let count = 0;
    const values: { labels: object; value: number; metricName: string }[] = counts.map((inBucket, index) => {
      count += inBucket;
      const bound = boundsNs[index];
      const le = bound === undefined ? '+Inf' : bound / 1e9;
      return { labels: { le }, value: count, metricName: `${this.name}_bucket` };
    });
    values.push({ labels: {}, value: sumNs / 1e9, metricName: `${this.name}_sum` });
    values.push({ labels: {}, value: count, metricName: `${this.name}_count` });
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values });
  }
}
