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
      description: 'What your app has to measure for this row to show something.',
      width: 24,
      content:
        'The row "Requests" shows what Baton counts itself, for any app. This row shows routes, from the histogram `http_request_duration_seconds{method, route, status_code}` of your app. `@baton/fastify-plugin` fills it, and so does any other middleware that uses these names. If the row is empty, the app does not measure it, or Prometheus does not scrape it under the same job and instance.',
    }),
    timeseries({
      title: 'Requests, by route',
      description:
        'Answered requests per second. If it falls while "Accepted" does not, requests hang. If it rises while "Accepted" does not, clients send more requests on each connection.',
      unit: 'reqps',
      queries: [query(rate('method, route', `${requests}_count`), route)],
    }),
    timeseries({
      title: 'Requests, by status',
      description:
        '5xx: the app fails; see its log. 4xx: clients ask for what does not exist or what they may not see. If it changes right after a release, go back.',
      unit: 'reqps',
      queries: [query(rate('status_code', `${requests}_count`), '{{status_code}}')],
    }),
    timeseries({
      title: 'Share of errors',
      description:
        'Share of the requests that are answered with 5xx. If it rises after a release, go back, and see the log.',
      unit: 'percentunit',
      queries: [query(`(${errors}) / ${rate('', `${requests}_count`)}`, '5xx')],
    }),
    timeseries({
      title: 'p50, by route',
      description:
        'Half of the requests of a route are answered faster. If it rises, the usual request became slower. If "Event loop utilization" is low at the same time, the app waits for something else.',
      width: 12,
      unit: 's',
      queries: [query(quantile(0.5, 'method, route', requests), route)],
    }),
    timeseries({
      title: 'p99, by route',
      description:
        'One in 100 requests of a route is slower. If it alone rises, some requests block the event loop or wait for long: compare with "Stalled", and with "Handoff quantiles", the time before the app.',
      width: 12,
      unit: 's',
      queries: [query(quantile(0.99, 'method, route', requests), route)],
    }),
  ],
};
