import type { Labels, MetricFamily } from '../channel/metric-messages.js';

/** https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels: what begins with `__` is Prometheus' own. */
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Of the types of the text format, those that client libraries have. */
const types: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram', 'summary']);

/** Of the names of a family's series, what may follow the family's own. */
const suffix = /^(_bucket|_sum|_count|_total|_created)?$/;

/** Of the primary's own metrics: with one of the app's among them, none could be believed. */
const ownPrefix = 'baton_';

/** Whether Prometheus can read a metric of that name and type, and it is no name of the primary's. */
export function isFamily({ name, type }: MetricFamily): boolean {
  return metricName.test(name) && !name.startsWith(ownPrefix) && types.has(type);
}

/** Whether a series of that name belongs to a family. `undefined`: it has the family's. */
export function isNameOf({ name }: MetricFamily, series: string | undefined): boolean {
  return series === undefined || (series.startsWith(name) && suffix.test(series.slice(name.length)));
}

export function areLabels(labels: Labels): boolean {
  return Object.keys(labels).every((name) => labelName.test(name));
}
