import type { HttpFigures } from '../native-figures.js';
import type { WorkerStatus } from '../status.js';
import { countedSince, type Histogram } from './percentile.js';
import { perSecond } from './sample.js';

/** What a slot has done with HTTP requests in a time; what is missing was not counted, or there is nothing to compare with. */
export interface HttpRates {
  /** Requests whose response has ended, as `baton_http_requests_total` has them. */
  requestsPerSecond: number | undefined;
  /** Those that went wrong: answered with 5xx, or lost with their worker. */
  errorsPerSecond: number | undefined;
  /** How long they took; missing where none has ended. */
  durations: Histogram | undefined;
}

/** Requests whose response has ended. */
export function endedRequests({ responses }: HttpFigures): number {
  return Object.values(responses).reduce((total, count) => total + count, 0);
}

/** Requests that went wrong. That one was aborted may be its end as ever: who reads a stream of events leaves it at some time. */
export function failedRequests({ responses, lost }: HttpFigures): number {
  return responses['5xx'] + lost;
}

export function httpRates(
  before: WorkerStatus['http'],
  now: WorkerStatus['http'],
  seconds: number | undefined,
): HttpRates {
  const more = (count: (http: HttpFigures) => number): number | undefined =>
    before && now && perSecond(count(now) - count(before), seconds);
  return {
    requestsPerSecond: more(endedRequests),
    errorsPerSecond: more(failedRequests),
    durations: before && now && countedSince(before.duration, now.duration),
  };
}
