import {
  encodeValues,
  mostSeries,
  type MetricFamily,
  type MetricSeries,
  type MetricsMessage,
} from '../channel/metric-messages.js';

/** What is used of a registry of `prom-client`, or of `@prometheus-io/client`. */
export interface MetricsRegistry {
  getMetricsAsJSON(): Promise<object[]>;
}

/** A metric as `getMetricsAsJSON()` gives it. */
interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator?: string;
  values?: { value: number; labels?: Record<string, string | number>; metricName?: string }[];
}

/** Of one record's JSON; the channel has room for 64 KiB. */
const mostBytes = 40_000;
const valuesARecord = 3_000;
const longestHelp = 1_000;
const longestSeries = 4_000;

/** The metrics of this worker's app, told to the primary, which sums those of all workers. */
export class ExposedMetrics {
  readonly #send: (message: MetricsMessage) => boolean;
  readonly #registries = new Set<MetricsRegistry>();
  readonly #families = new Map<string, number>();
  readonly #series = new Map<string, number>();
  #told = Promise.resolve();
  #forget = false;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** `send`: false if the primary does not read. `intervalMs`: how often values are told unasked. */
  constructor(send: (message: MetricsMessage) => boolean, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#send = (message) => {
      const isSent = send(message);
      // What it has missed it is told anew.
      if (!isSent) this.#forget = true;
      return isSent;
    };
  }

  add(registry: MetricsRegistry): void {
    this.#registries.add(registry);
    // So that the primary knows whom to ask.
    void this.tell();
    if (this.#timer === undefined)
      this.#timer = setInterval(() => void this.tell(), this.#intervalMs).unref();
  }

  /** Tells all values as they are now; one after the other, if it is called again meanwhile. Never rejects. */
  tell(gather?: number): Promise<void> {
    this.#told = this.#tellAfter(this.#told, gather);
    return this.#told;
  }

  async #tellAfter(before: Promise<void>, gather: number | undefined): Promise<void> {
    await before;
    this.#tellValues(await this.#collect());
    this.#send({ type: 'metrics-told', ...(gather === undefined ? {} : { gather }) });
  }

  /** A registry that fails is the app's trouble: the others are told. */
  async #collect(): Promise<MetricObject[]> {
    const outcomes = await Promise.allSettled([...this.#registries].map((one) => one.getMetricsAsJSON()));
    return outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : [],
    ) as MetricObject[];
  }

  #tellValues(metrics: readonly MetricObject[]): void {
    if (this.#forget) {
      this.#forget = false;
      this.#families.clear();
      this.#series.clear();
    }
    const families: MetricFamily[] = [];
    const series: MetricSeries[] = [];
    const firstFamily = this.#families.size;
    const firstSeries = this.#series.size;
    const found: [place: number, value: number][] = [];
    for (const { name, help, type, aggregator = 'sum', values = [] } of metrics) {
      let family = this.#families.get(name);
      if (family === undefined) {
        family = this.#families.size;
        this.#families.set(name, family);
        families.push({ name, help: help.slice(0, longestHelp), type, aggregator });
      }
      for (const { value, labels = {}, metricName } of values) {
        const key = `${metricName ?? name} ${JSON.stringify(labels)}`;
        let place = this.#series.get(key);
        if (place === undefined) {
          if (this.#series.size >= mostSeries || key.length > longestSeries) continue;
          place = this.#series.size;
          this.#series.set(key, place);
          series.push({ family, labels, ...(metricName === undefined ? {} : { name: metricName }) });
        }
        found.push([place, value]);
      }
    }
    this.#inParts(families, firstFamily, (first, part) => ({
      type: 'metric-families',
      first,
      families: part,
    }));
    this.#inParts(series, firstSeries, (first, part) => ({ type: 'metric-series', first, series: part }));
    const all = new Float64Array(this.#series.size).fill(NaN);
    for (const [place, value] of found) all[place] = value;
    for (let first = 0; first < all.length; first += valuesARecord) {
      const part = all.subarray(first, first + valuesARecord);
      this.#send({ type: 'metric-values', first, values: encodeValues(part) });
    }
  }

  #inParts<T>(items: readonly T[], first: number, make: (first: number, part: T[]) => MetricsMessage): void {
    let part: T[] = [];
    let bytes = 0;
    let place = first;
    const send = (): void => {
      if (part.length > 0) this.#send(make(place, part));
      place += part.length;
      part = [];
      bytes = 0;
    };
    for (const item of items) {
      const size = JSON.stringify(item).length;
      if (bytes + size > mostBytes) send();
      part.push(item);
      bytes += size;
    }
    send();
  }
}
