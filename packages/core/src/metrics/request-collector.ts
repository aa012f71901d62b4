import { Counter, type Registry } from 'prom-client';
import type { LatencyFigures, SlotFigures } from '../native.js';
import { DurationHistogram } from './duration-histogram.js';

/** What has become of HTTP requests, as metrics. */
export class RequestCollector {
  readonly #requests: Counter;
  readonly #duration = new DurationHistogram(
    'baton_http_request_duration_seconds',
    'Time from the head of a request to the end of its final response.',
  );
  readonly #upgrades: Counter;
  readonly #rejected: Counter;
  readonly #aborted: Counter;
  readonly #lost: Counter;

  constructor(registry: Registry) {
    const counter = (name: string, help: string, ...more: string[]): Counter =>
      new Counter({
        name: `baton_http_${name}`,
        help,
        labelNames: ['worker', ...more],
        registers: [registry],
      });
    this.#requests = counter(
      'requests_total',
      'HTTP requests whose final response has ended, by status class.',
      'code',
    );
    registry.registerMetric(this.#duration.asMetric());
    this.#upgrades = counter(
      'upgrades_total',
      'Connections and HTTP/2 streams that the app took over: Upgrade and CONNECT.',
    );
    this.#rejected = counter(
      'rejected_total',
      'Requests that Node rejected by itself (400, 408, 413, 431) because they were invalid, too large or too slow.',
    );
    this.#aborted = counter(
      'requests_aborted_total',
      'HTTP requests whose connection or stream closed before the response had ended.',
    );
    this.#lost = counter(
      'requests_lost_total',
      'HTTP requests that were in progress in a worker when it ended.',
    );
  }

  /** For a registry that was reset. */
  update(slots: readonly SlotFigures[]): void {
    const durations: [labels: object, figures: LatencyFigures][] = [];
    for (const { slot: worker, http } of slots) {
      if (http === undefined) continue;
      for (const [code, count] of Object.entries(http.responses)) this.#requests.inc({ worker, code }, count);
      durations.push([{ worker }, http.duration]);
      this.#upgrades.inc({ worker }, http.upgraded);
      this.#rejected.inc({ worker }, http.rejected);
      this.#aborted.inc({ worker }, http.aborted);
      this.#lost.inc({ worker }, http.lost);
    }
    this.#duration.set(durations);
  }
}
