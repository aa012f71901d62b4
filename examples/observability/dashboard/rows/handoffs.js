import { bars, heatmap, query, timeseries } from '../panels.js';
import { increase, quantile, rate, total } from '../select.js';

const duration = 'baton_handoff_duration_seconds';

export const handoffs = {
  title: 'Handoffs',
  panels: [
    heatmap({
      title: 'Handoff duration',
      description:
        'How many connections took how long from accept(2) until a worker had them; darker is more. A second band at some 20 ms and above: these waited for a blocked event loop, and went to another worker. The whole band moves up: all workers are busy, or the machine is.',
      width: 12,
      unit: 's',
      queries: [query(increase('le', `${duration}_bucket`), '{{le}}')],
    }),
    timeseries({
      title: 'Handoff quantiles',
      description:
        'The same as figures. p50 rises: event loops are busy, so add workers. p99 alone rises: some of them block; see "Stalled".',
      width: 12,
      unit: 's',
      queries: [0.5, 0.9, 0.99].map((q) => query(quantile(q, '', duration), `p${q * 100}`)),
    }),
    timeseries({
      title: 'Handoffs, by result',
      description:
        'A second. claimed: a worker took the connection. reclaimed: it took one that another had had before, as at a reload. revoked: it did not, and another got it. Many revoked: see "Offers revoked" for why.',
      unit: 'cps',
      queries: [query(rate('result', 'baton_handoffs_total', 'kind="connection"'), '{{result}}')],
    }),
    bars({
      title: 'Offers revoked, by reason',
      description:
        'No connection is lost by this. stalled: event loops block. no_fds: raise the limit of open files of the workers. worker_gone: they crash. draining, declined: reloads and closed servers. queue_timeout: nobody took it in time; it was closed.',
      queries: [query(increase('reason', 'baton_offers_revoked_total'), '{{reason}}')],
    }),
    timeseries({
      title: 'Offers open',
      description:
        'Connections on their way to each worker. Near 0 as a rule. Stays high: its event loop is blocked. At 256 (`--max-open-offers`) it gets no more.',
      queries: [query(total('instance, worker', 'baton_offers_open'), '{{instance}} / {{worker}}')],
    }),
    bars({
      title: 'Given back',
      description:
        'Idle connections that a worker gave back, at a reload, or since it had more than its share. taken: another worker gets it, and its client notices nothing. rebalanced: of those, the ones of workers with more than their share. lost: the primary had no room for a file descriptor, and the connection was closed; raise its limit of open files.',
      queries: [
        query(increase('result', 'baton_giveback_total'), '{{result}}'),
        query(increase('', 'baton_rebalanced_total'), 'rebalanced'),
      ],
    }),
  ],
};
