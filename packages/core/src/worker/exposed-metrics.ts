import {
  encodeValues,
  longestHelp,
  mostFamilies,
  mostSeries,
  type Labels,
  type MetricFamily,
  type MetricSeries,
  type MetricsMessage,
} from '../channel/metric-messages.js';

/** What is used of a registry of `prom-client`, `@prometheus-io/client` or `@platformatic/prom-client`. */
export interface MetricsRegistry {
  getMetricsAsJSON(): Promise<object[]>;
}

/** A metric as `getMetricsAsJSON()` gives it. */
interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator?: string;
  values?: { value: number; labels?: Labels; metricName?: string }[];
}

/** A family that the primary knows, with its series as they were told last, in their order. */
interface KnownFamily {
  number: number;
  told: { labels: Labels; metricName: string | undefined; place: number | undefined }[];
}

/** Of one record's JSON; the channel has room for 64 KiB. */
const mostBytes = 40_000;
const valuesARecord = 3_000;
const longestSeries = 4_000;

/** The metrics of this worker's app, told to the primary, which sums those of all workers. */
export class ExposedMetrics {
  readonly #send: (message: MetricsMessage) => boolean;
  readonly #registries = new Set<MetricsRegistry>();
  readonly #families = new Map<string, KnownFamily>();
  readonly #series = new Map<string, number>();
  #told = Promise.resolve();
  #forget = false;
  #leftOut = 0;
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
    // Workers that were started together do not tell together.
    if (this.#timer === undefined) this.#tellIn(Math.random() * this.#intervalMs);
  }

  /** Tells all values as they are now; one after the other, if it is called again meanwhile. Never rejects. */
  tell(gather?: number): Promise<void> {
    this.#told = this.#tellAfter(this.#told, gather);
    return this.#told;
  }

  async #tellAfter(before: Promise<void>, gather: number | undefined): Promise<void> {
    await before;
    this.#tellValues(await this.#collect());
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    this.#send({
      type: 'metrics-told',
      ...(gather === undefined ? {} : { gather }),
      ...(leftOut === 0 ? {} : { leftOut }),
    });
  }

  #tellIn(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#tellIn(this.#intervalMs);
      void this.tell();
    }, delayMs).unref();
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
        if (this.#families.size >= mostFamilies) {
          this.#leftOut += 1;
          continue;
        }
        family = { number: this.#families.size, told: [] };
        this.#families.set(name, family);
        families.push({ name, help: help.slice(0, longestHelp), type, aggregator });
      }
      for (const [index, { value, labels = {}, metricName }] of values.entries()) {
        let told = family.told[index];
        if (told?.metricName !== metricName || !areEqual(told?.labels, labels)) {
          const place = this.#placeOf(family.number, name, metricName, labels, series);
          told = { labels, metricName, place };
          family.told[index] = told;
        }
        if (told?.place !== undefined) found.push([told.place, value]);
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
    // Most numbers are of series that the app has no more: the next time, they are given anew.
    if (all.length > mostSeries / 2 && found.length < all.length / 2) this.#forget = true;
  }

  /** The number of a series, which may be new; undefined if there are too many, or it is too long. */
  #placeOf(
    family: number,
    name: string,
    metricName: string | undefined,
    labels: Labels,
    added: MetricSeries[],
  ): number | undefined {
    const key = `${metricName ?? name} ${JSON.stringify(labels)}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= mostSeries || key.length > longestSeries) {
      this.#leftOut += 1;
      return undefined;
    }
    const place = this.#series.size;
    this.#series.set(key, place);
    added.push({
      family,
      labels: asTexts(labels),
      ...(metricName === undefined ? {} : { name: metricName }),
    });
    return place;
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

/** Client libraries take anything for a label's value, and show it as a text; JSON does not have it all. */
function asTexts(labels: Labels): Labels {
  const entries = Object.entries(labels);
  if (entries.every(([, value]) => typeof value === 'string' || Number.isFinite(value))) return labels;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
  );
}

/** Most often a metric has the same series as the last time, in the same order. */
function areEqual(a: Labels | undefined, b: Labels): boolean {
  if (a === b) return true;
  if (a === undefined) return false;
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}
