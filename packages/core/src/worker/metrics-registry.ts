import type { Labels } from '../channel/metric-messages.js';

/** What is used of a registry of `prom-client`, `@prometheus-io/client` or `@platformatic/prom-client`. */
export interface MetricsRegistry {
  /** All metrics, with their values. */
  getMetricsAsJSON(): Promise<object[]>;
  /** With this, a metric that cannot be read costs no other. */
  getMetricsAsArray?(): object[];
  /** The metric of that name, if there is one. */
  getSingleMetric?(name: string): unknown;
  /** Of its text format: by it, OpenMetrics is known. */
  readonly contentType?: string;
}

/** A metric as `getMetricsAsJSON()` gives it. */
export interface MetricObject {
  name: string;
  help: string;
  type: string;
  aggregator?: string;
  values?: MetricValue[];
}

export interface MetricValue {
  value: number;
  labels?: Labels;
  metricName?: string;
  exemplar?: { labelSet: Labels; value: number; timestamp?: number } | null;
}

/** What asks one metric, or a whole registry that does not tell its metrics apart. */
export interface Question {
  /** Stays the same as long as it is about the same metric. */
  readonly about: object;
  readonly name: string;
  ask(): unknown;
}

/** A metric of a client library. */
interface ClientMetric {
  name: string;
  get(): Promise<MetricObject> | MetricObject;
}

/** What is to be asked so that all metrics of a registry are known, in the way that its `getMetricsAsJSON()` does. */
export function questionsTo(registry: MetricsRegistry): Question[] {
  // All three libraries have it; there is no other way to them.
  const { _defaultLabels: defaults } = registry as { _defaultLabels?: unknown };
  const metrics = registry.getMetricsAsArray?.();
  if (metrics === undefined || typeof defaults !== 'object' || !metrics.every(isClientMetric))
    return [{ about: registry, name: '(a whole registry)', ask: () => registry.getMetricsAsJSON() }];
  const isOpenMetrics = registry.contentType?.startsWith('application/openmetrics-text') === true;
  return metrics.map((metric) => ({
    about: metric,
    name: metric.name,
    ask: async () => {
      const read = await metric.get();
      const name = read.type === 'counter' ? nameOfCounter(registry, metric, isOpenMetrics) : read.name;
      return [{ ...read, name, values: withDefaults(read.values ?? [], defaults as Labels) }];
    },
  }));
}

function isClientMetric(metric: object): metric is ClientMetric {
  return 'name' in metric && 'get' in metric && typeof metric.get === 'function';
}

/**
 * How Prometheus would store it if it asked the app. Where the app itself writes the registry in OpenMetrics, the library puts `_total`
 * behind the counter's name, and to that end takes it away from the metric first, for good.
 */
function nameOfCounter(registry: MetricsRegistry, metric: ClientMetric, isOpenMetrics: boolean): string {
  const withTotal = metric.name.endsWith('_total') ? metric.name : `${metric.name}_total`;
  return isOpenMetrics || registry.getSingleMetric?.(withTotal) === metric ? withTotal : metric.name;
}

function withDefaults(values: MetricValue[], defaults: Labels): MetricValue[] {
  if (Object.keys(defaults).length === 0) return values;
  return values.map((value) => ({ ...value, labels: { ...defaults, ...value.labels } }));
}
