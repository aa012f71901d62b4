import type { MetricFailure } from '../channel/metric-messages.js';
import { oneLine } from '../printable.js';

/** So many messages are shown, ever: some have another number in them each time. */
const mostWarnings = 100;

/** Metrics of the app that its workers could not read. */
export class GatherErrors {
  readonly #warn: (message: string) => void;
  readonly #counts = new Map<number, number>();
  readonly #warned = new Set<string>();

  /** `warn`: hears of each message once. */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** How often workers of a slot could not read a metric. */
  count(slot: number): number {
    return this.#counts.get(slot) ?? 0;
  }

  /** `failures`: some of them. */
  onFailed(slot: number, count: number, failures: readonly MetricFailure[]): void {
    this.#counts.set(slot, this.count(slot) + count);
    for (const { metric, message } of failures) this.#tell(slot, shorten(metric, 100), shorten(message, 300));
  }

  #tell(slot: number, metric: string, message: string): void {
    const key = `${metric} ${message}`;
    if (this.#warned.has(key) || this.#warned.size >= mostWarnings) return;
    this.#warned.add(key);
    const isLast = this.#warned.size === mostWarnings;
    this.#warn(
      `Worker ${slot} cannot read the app's metric ${JSON.stringify(metric)}: ${message}. Until it can, the metric is missing from ` +
        `scrapes; if it only grows, as a counter does, it keeps its last value. This message is shown once; baton_gather_errors_total counts every failure.` +
        (isLast ? ' No more messages of this kind are shown.' : ''),
    );
  }
}

function shorten(text: string, most: number): string {
  return oneLine(text.slice(0, 10 * most)).slice(0, most);
}
