import {
  longestHelp,
  longestSeries,
  mostFamilies,
  mostSeries,
  type Labels,
  type MetricExemplar,
  type MetricFailure,
  type MetricFamily,
  type MetricSeries,
} from '../channel/metric-messages.js';
import type { MetricObject, MetricValue } from './metrics-registry.js';

/** What is to be told. */
export interface Telling {
  /** Whether nothing is so any more that was told before. */
  isAnew: boolean;
  /** What the primary does not know yet, from these numbers on. */
  firstFamily: number;
  families: MetricFamily[];
  firstSeries: number;
  series: MetricSeries[];
  /** Of all series by their numbers; NaN for those that have none. */
  values: Float64Array;
  exemplars: MetricExemplar[];
  /** Metrics and series for which there are no numbers. */
  leftOut: number;
  /** Metrics that two registries have, each in its way. */
  failures: MetricFailure[];
}

/** A series as it was told last. */
interface ToldSeries {
  labels: Labels;
  metricName: string | undefined;
  /** Its number; undefined if it has none. */
  place: number | undefined;
  exemplar?: Omit<MetricExemplar, 'series'>;
}

/** A family that the primary knows. */
interface ToldFamily {
  number: number;
  definition: string;
  /** In the order in which the registry has them. */
  series: ToldSeries[];
}

/** The numbers by which the primary knows metrics and series. */
export class ToldMetrics {
  readonly #families = new Map<string, ToldFamily>();
  readonly #series = new Map<string, number>();
  #isAnew = false;

  /** The primary is to be told everything again. */
  forget(): void {
    this.#isAnew = true;
    this.#families.clear();
    this.#series.clear();
  }

  /** What the primary is to be told of metrics that are there now. */
  next(metrics: readonly MetricObject[]): Telling {
    const definitions = new Map<MetricObject, string>();
    const failures = this.#define(metrics, definitions);
    const telling: Telling = {
      isAnew: this.#isAnew,
      firstFamily: this.#families.size,
      families: [],
      firstSeries: this.#series.size,
      series: [],
      values: new Float64Array(),
      exemplars: [],
      leftOut: 0,
      failures,
    };
    this.#isAnew = false;
    const found: [place: number, value: number][] = [];
    for (const [metric, definition] of definitions) {
      const family = this.#familyOf(metric, definition, telling);
      if (family === undefined) continue;
      try {
        this.#find(metric, family, telling, found);
      } catch (error) {
        failures.push({
          metric: metric.name,
          message: `one of its labels cannot be converted to text: ${String(error)}`,
        });
      }
    }
    telling.values = new Float64Array(this.#series.size).fill(NaN);
    for (const [place, value] of found) telling.values[place] = value;
    // Most numbers are of series that the app has no more: the next time, they are given anew.
    if (this.#series.size > mostSeries / 2 && found.length < this.#series.size / 2) this.forget();
    return telling;
  }

  /** Throws where a label's value has no text. */
  #find(metric: MetricObject, family: ToldFamily, telling: Telling, found: [number, number][]): void {
    for (const [index, value] of (metric.values ?? []).entries()) {
      const told = this.#seriesOf(metric, family, index, value, telling);
      if (told.place === undefined) continue;
      found.push([told.place, value.value]);
      addExemplar(told, told.place, value, telling);
    }
  }

  /** Forgets everything if a metric is another than it was: values of the two must not be taken for one. */
  #define(metrics: readonly MetricObject[], definitions: Map<MetricObject, string>): MetricFailure[] {
    const failures: MetricFailure[] = [];
    const byName = new Map<string, string>();
    let isOther = false;
    for (const metric of metrics) {
      const { name, values = [] } = metric;
      // Before it has any, nothing is known of its buckets.
      if (values.length === 0) continue;
      const definition = define(metric);
      const first = byName.get(name) ?? definition;
      if (first !== definition) {
        const message = 'two registries have it with different types, aggregators or buckets';
        failures.push({ metric: name, message });
        continue;
      }
      byName.set(name, definition);
      definitions.set(metric, definition);
      isOther ||= (this.#families.get(name)?.definition ?? definition) !== definition;
    }
    if (isOther) this.forget();
    return failures;
  }

  #familyOf(metric: MetricObject, definition: string, telling: Telling): ToldFamily | undefined {
    const { name, help, type, aggregator = 'sum' } = metric;
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    if (this.#families.size >= mostFamilies) {
      telling.leftOut += 1;
      return undefined;
    }
    const family = { number: this.#families.size, definition, series: [] };
    this.#families.set(name, family);
    const told: MetricFamily = { name, help: help.slice(0, longestHelp), type, aggregator };
    const bounds = boundsOf(metric);
    telling.families.push(bounds === undefined ? told : { ...told, bounds });
    return family;
  }

  /** Most often, a metric has the same series as the last time, in the same order. */
  #seriesOf(
    { name }: MetricObject,
    { number, series }: ToldFamily,
    index: number,
    { labels = {}, metricName }: MetricValue,
    telling: Telling,
  ): ToldSeries {
    const before = series[index];
    if (before?.metricName === metricName && areEqual(before?.labels, labels)) return before!;
    const place = this.#placeOf(number, name, metricName, labels, telling);
    const told: ToldSeries = { labels, metricName, place };
    series[index] = told;
    return told;
  }

  /** The number of a series, which may be new; undefined if there are too many, or it is too long. */
  #placeOf(
    family: number,
    name: string,
    metricName: string | undefined,
    labels: Labels,
    telling: Telling,
  ): number | undefined {
    const texts = asTexts(labels);
    const key = `${metricName ?? name} ${JSON.stringify(texts)}`;
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    if (this.#series.size >= mostSeries || key.length > longestSeries) {
      telling.leftOut += 1;
      return undefined;
    }
    const place = this.#series.size;
    this.#series.set(key, place);
    telling.series.push({
      family,
      labels: texts,
      ...(metricName === undefined ? {} : { name: metricName }),
    });
    return place;
  }
}

/** What must be the same for values to be added up. */
function define(metric: MetricObject): string {
  return `${metric.type} ${metric.aggregator ?? 'sum'} ${boundsOf(metric)}`;
}

function boundsOf({ type, values = [] }: MetricObject): string | undefined {
  if (type !== 'histogram') return undefined;
  const bounds = new Set<string | number>();
  for (const { labels } of values) if (labels?.['le'] !== undefined) bounds.add(labels['le']);
  const sorted = [...bounds].toSorted((a, b) => numberOf(a) - numberOf(b));
  return sorted.join(' ').slice(0, longestSeries);
}

function numberOf(bound: string | number): number {
  return bound === '+Inf' ? Infinity : Number(String(bound));
}

/** If it is another one than was told. Libraries change the object of the one before. */
function addExemplar(
  told: ToldSeries,
  series: number,
  { exemplar }: MetricValue,
  { exemplars }: Telling,
): void {
  if (!exemplar) return;
  const { labelSet, value, timestamp } = exemplar;
  const { exemplar: before } = told;
  if (before?.value === value && before.timestamp === timestamp && areEqual(before.labels, labelSet)) return;
  told.exemplar = {
    labels: { ...asTexts(labelSet) },
    value,
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  exemplars.push({ series, ...told.exemplar });
}

/** Client libraries take anything for a label's value, and show it as a text; JSON does not have it all. */
function asTexts(labels: Labels): Labels {
  const entries = Object.entries(labels);
  if (entries.every(([, value]) => typeof value === 'string' || Number.isFinite(value))) return labels;
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
  );
}

function areEqual(a: Labels | undefined, b: Labels): boolean {
  if (a === b) return true;
  if (a === undefined) return false;
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (!(name in a)) return false;
  return true;
}
