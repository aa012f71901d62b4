import { mostFamilies, mostSeries } from '../channel/metric-messages.js';
import { oneLine } from '../printable.js';

/**
 * Why the primary does not take what a worker tells of the app's metrics. `malformed`: Prometheus could not read it, or would take it for
 * one of Baton's; `conflict`: another worker says that the metric has another type; `limit`: there is too much; `infinite`: the value of
 * what only grows.
 */
export const metricRefusals = ['malformed', 'conflict', 'limit', 'infinite'] as const;
export type MetricRefusal = (typeof metricRefusals)[number];

const whys: Readonly<Record<MetricRefusal, string>> = {
  malformed:
    'a name, a type or a label of it is none that Prometheus reads, or the name begins with baton_. Give it another one',
  conflict: 'another worker says that it has another type. Give one of the two another name',
  limit:
    `there are too many: all workers together may have ${mostFamilies} metrics and ${mostSeries} series, with short names and labels. ` +
    'Does a label have a value for each request or user?',
  infinite: 'a counter that is infinite would stay so in the sum of all workers. See what it adds up',
};

/** What is left out, and why, for people. `name`: the metric, where it is known. */
export function describeRefusal(why: MetricRefusal, name: string | undefined): string {
  const what = name === undefined ? '' : `, such as ${JSON.stringify(oneLine(name).slice(0, 100))},`;
  return `Metrics of the app are left out${what} since ${whys[why]}. baton_app_metrics_refused_total counts them.`;
}
