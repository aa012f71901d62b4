import { heatmap, query, stat, timeseries } from '../panels.js';
import { increase, quantile, rate } from '../select.js';

const duration = 'baton_http_request_duration_seconds';
const ended = rate('', 'baton_http_requests_total');
const aborted = rate('', 'baton_http_requests_aborted_total');
const lost = rate('', 'baton_http_requests_lost_total');
const failed = `${rate('', 'baton_http_requests_total', 'code="5xx"')} + ${lost}`;

export const requests = {
  title: 'Requests',
  panels: [
    timeseries({
      title: 'Requests, by class',
      description:
        'HTTP requests per second whose response has ended, by status class. If it falls to 0 although there are clients, see "Requests in flight" and "Accepted". If this row is empty, Baton runs with `--no-request-metrics`.',
      width: 6,
      unit: 'reqps',
      queries: [query(rate('code', 'baton_http_requests_total'), '{{code}}')],
    }),
    timeseries({
      title: 'Failed requests',
      description:
        'Share of the requests that got 5xx (the app fails; see its log) or were lost (their worker ended meanwhile). If it rises right after a release, go back. It does not include aborted requests: see "Aborted and lost".',
      width: 6,
      unit: 'percentunit',
      queries: [query(`(${failed}) / (${ended} + ${aborted} + ${lost})`, 'failed')],
    }),
    heatmap({
      title: 'Duration',
      description:
        'How long requests took, from their head to the end of the response; darker means more requests. A second band above: a slow route, or event loops that block. It does not include the time before a worker reads the head: see "Handoff duration".',
      width: 6,
      unit: 's',
      queries: [query(increase('le', `${duration}_bucket`), '{{le}}')],
    }),
    timeseries({
      title: 'Duration quantiles',
      description:
        'The same as lines. If p50 rises, the usual request became slower; if "Event loop utilization" is low at the same time, the app waits for something else. If only p99 rises, some requests are slow, or block others; see "Stalled".',
      width: 6,
      unit: 's',
      queries: [0.5, 0.9, 0.99].map((q) => query(quantile(q, '', duration), `p${q * 100}`)),
    }),
    stat({
      title: 'Aborted and lost',
      description:
        'Requests per second without a full answer. aborted: the connection or HTTP/2 stream closed before the response had ended. Event streams end this way, too. If there are many and the app has no event streams, clients give up: compare "Duration quantiles" with their time-out. lost: the worker ended.',
      width: 8,
      unit: 'reqps',
      queries: [query(aborted, 'aborted'), query(lost, 'lost')],
    }),
    stat({
      title: 'Upgrades',
      description: 'Connections per second that the app took over: WebSockets and CONNECT.',
      width: 8,
      unit: 'cps',
      queries: [query(rate('', 'baton_http_upgrades_total'))],
    }),
    stat({
      title: 'Rejected by Node',
      description:
        'Requests per second that Node rejected by itself with 400, 408, 413 or 431: they were not HTTP, or their head was too large or too slow. Many of them: a scanner, or a client that speaks TLS to a port without TLS.',
      width: 8,
      unit: 'reqps',
      queries: [query(rate('', 'baton_http_rejected_total'))],
    }),
  ],
};
