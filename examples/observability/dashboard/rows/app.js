import { query, text, timeseries } from '../panels.js';
import { quantile, rate } from '../select.js';

const requests = 'http_request_duration_seconds';
const route = '{{method}} {{route}}';
const errors = `${rate('', `${requests}_count`, 'status_code=~"5.."')} or vector(0)`;

/** Collapsed: there is nothing to see without the app's own histogram. */
export const app = {
  title: 'The app: requests by route, where it measures them',
  collapsed: true,
  panels: [
    text({
      title: 'Where this comes from',
      description: 'What an app has to measure for this row to show something.',
      width: 24,
      content:
        'What Baton counts by itself, for any app, is in "Requests"; routes are only here. From the histogram `http_request_duration_seconds{method, route, status_code}` of the app, which `@baton/fastify-plugin` fills, and so does any other middleware that uses these names. Nothing here: the app does not measure it, or Prometheus does not scrape it under the same job and instance.',
    }),
    timeseries({
      title: 'Requests, by route',
      description:
        'Answered requests a second. Falls while "Accepted" does not: requests hang. Rises while "Accepted" does not: clients use their connections for more.',
      unit: 'reqps',
      queries: [query(rate('method, route', `${requests}_count`), route)],
    }),
    timeseries({
      title: 'Requests, by status',
      description:
        '5xx: the app fails; see its log. 4xx: clients ask for what is not there or not theirs. A change right after a release: go back.',
      unit: 'reqps',
      queries: [query(rate('status_code', `${requests}_count`), '{{status_code}}')],
    }),
    timeseries({
      title: 'Share of errors',
      description:
        'Which part of all requests is answered with 5xx. Moves after a release: go back; see the log.',
      unit: 'percentunit',
      queries: [query(`(${errors}) / ${rate('', `${requests}_count`)}`, '5xx')],
    }),
    timeseries({
      title: 'p50, by route',
      description:
        'Half of the requests of a route are answered faster. Moves: the usual case became slower; compare with "Event loop utilization": if that is low, the app waits for something else.',
      width: 12,
      unit: 's',
      queries: [query(quantile(0.5, 'method, route', requests), route)],
    }),
    timeseries({
      title: 'p99, by route',
      description:
        'One request of 100 of a route is slower. Moves alone: some requests block the event loop or wait long; compare with "Stalled" and with "Handoff quantiles", which is the time before the app.',
      width: 12,
      unit: 's',
      queries: [query(quantile(0.99, 'method, route', requests), route)],
    }),
  ],
};
