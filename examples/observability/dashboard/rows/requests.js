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
        'HTTP requests a second whose response has ended, by the class of its status. Falls to 0 while clients are there: see "Requests in flight", and "Accepted". Without this row: Baton runs with `--no-request-metrics`.',
      width: 6,
      unit: 'reqps',
      queries: [query(rate('code', 'baton_http_requests_total'), '{{code}}')],
    }),
    timeseries({
      title: 'Failed requests',
      description:
        'Which part of all requests got 5xx (the app fails; see its log), or was lost (its worker ended meanwhile). Moves right after a release: go back. Those that were aborted are not in it: see "Aborted and lost".',
      width: 6,
      unit: 'percentunit',
      queries: [query(`(${failed}) / (${ended} + ${aborted} + ${lost})`, 'failed')],
    }),
    heatmap({
      title: 'Duration',
      description:
        'How many requests took how long, from their head to the end of the response; darker is more. A second band above: a slow route, or event loops that block. Waiting before a worker reads the head is not in it: see "Handoff duration".',
      width: 6,
      unit: 's',
      queries: [query(increase('le', `${duration}_bucket`), '{{le}}')],
    }),
    timeseries({
      title: 'Duration quantiles',
      description:
        'The same as figures. p50 moves: the usual case became slower; if "Event loop utilization" is low, the app waits for something else. p99 alone: some requests are slow, or block those behind them; see "Stalled".',
      width: 6,
      unit: 's',
      queries: [0.5, 0.9, 0.99].map((q) => query(quantile(q, '', duration), `p${q * 100}`)),
    }),
    stat({
      title: 'Aborted and lost',
      description:
        'Requests a second without an answer. aborted: the connection, or the stream of HTTP/2, closed before the response had ended; so end streams of events, too. Many without any: clients give up; see "Duration quantiles" against their time-out. lost: the worker ended.',
      width: 8,
      unit: 'reqps',
      queries: [query(aborted, 'aborted'), query(lost, 'lost')],
    }),
    stat({
      title: 'Upgrades',
      description: 'Connections a second that the app took over: WebSockets, and CONNECT.',
      width: 8,
      unit: 'cps',
      queries: [query(rate('', 'baton_http_upgrades_total'))],
    }),
    stat({
      title: 'Rejected by Node',
      description:
        'What Node answered by itself a second, with 400, 408, 413 or 431: no HTTP, a head that is too large or came too slowly. Many: a scanner, or a client that speaks TLS to a port without.',
      width: 8,
      unit: 'reqps',
      queries: [query(rate('', 'baton_http_rejected_total'))],
    }),
  ],
};
