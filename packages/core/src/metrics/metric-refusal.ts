import { mostFamilies, mostSeries, type MetricFamily } from '../channel/metric-messages.js';
import { oneLine } from '../printable.js';

/**
 * Why the primary does not take what a worker tells of the app's metrics. `malformed`: Prometheus could not read it, or would take it for
 * one of Baton's; `conflict`: another worker says that the metric has another type or aggregator, or other buckets; `limit`: there is too
 * much; `infinite`: the value of what only grows.
 */
export const metricRefusals = ['malformed', 'conflict', 'limit', 'infinite'] as const;
export type MetricRefusal = (typeof metricRefusals)[number];

/** What is known of the metric that was refused. */
export type RefusedMetric = Partial<MetricFamily>;

const whys: Readonly<Record<Exclude<MetricRefusal, 'conflict'>, string>> = {
  malformed:
    'its name, its type or a label is not valid in Prometheus, or its name begins with baton_. Rename it.',
  limit:
    `there are too many, or their names and labels are too long: all workers together may have ${mostFamilies} metrics and ${mostSeries} series. ` +
    'Does a label have a different value for each request or user?',
  infinite: 'its value is infinite, which would make the sum of all workers infinite. Check what it counts.',
};

const counted = 'baton_app_metrics_refused_total counts them.';

/** So many contradictions are warned of, ever: each release may have one. */
const mostConflicts = 100;

/** Warns of each reason once, and of each metric of which workers contradict each other. */
export class RefusalWarnings {
  readonly #warn: (message: string) => void;
  readonly #reasons = new Set<MetricRefusal>();
  readonly #conflicts = new Set<string>();

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  onRefused(why: MetricRefusal, told: RefusedMetric = {}): void {
    if (why === 'conflict') return this.#onConflict(told);
    if (this.#reasons.has(why)) return;
    this.#reasons.add(why);
    this.#warn(describeRefusal(why, told.name));
  }

  #onConflict(told: RefusedMetric): void {
    const { name, type, aggregator, bounds } = told;
    const key = JSON.stringify([name, type, aggregator, bounds]);
    if (this.#conflicts.has(key) || this.#conflicts.size >= mostConflicts) return;
    this.#conflicts.add(key);
    this.#warn(describeConflict(told));
  }
}

/** What is left out, and why, for people. `name`: the metric, where it is known. */
function describeRefusal(why: Exclude<MetricRefusal, 'conflict'>, name: string | undefined): string {
  const what = name === undefined ? '' : `, such as ${quoted(name)},`;
  return `Metrics of the app are left out${what} because ${whys[why]} ${counted}`;
}

function describeConflict({ name = '', type, aggregator, bounds }: RefusedMetric): string {
  const buckets = bounds === undefined ? '' : ` and the buckets ${bounds}`;
  const what = oneLine(`${type} with the aggregator ${aggregator}${buckets}`).slice(0, 300);
  return (
    `Workers define the app's metric ${quoted(name)} differently: one has it as a ${what}; others, which were first, do not. ` +
    `Its values are left out while the others keep their definition. ${counted}`
  );
}

function quoted(name: string): string {
  return JSON.stringify(oneLine(name).slice(0, 100));
}
