import { bars, heatmap, query, timeseries } from '../panels.js';
import { increase, quantile, rate, total } from '../select.js';

const duration = 'baton_handoff_duration_seconds';

export const handoffs = {
  title: 'Handoffs',
  panels: [
    heatmap({
      title: 'Handoff duration',
      description:
        'How long connections waited from accept(2) until a worker had them; darker means more connections. A second band at about 20 ms and above: these waited for a blocked event loop, and went to another worker. If the whole band rises, all workers are busy, or the machine is.',
      width: 12,
      unit: 's',
      queries: [query(increase('le', `${duration}_bucket`), '{{le}}')],
    }),
    timeseries({
      title: 'Handoff quantiles',
      description:
        'The same as lines. If p50 rises, event loops are busy, so add workers. If only p99 rises, some of them block; see "Stalled".',
      width: 12,
      unit: 's',
      queries: [0.5, 0.9, 0.99].map((q) => query(quantile(q, '', duration), `p${q * 100}`)),
    }),
    timeseries({
      title: 'Handoffs, by result',
      description:
        'Handoffs per second. claimed: a worker took the connection. reclaimed: it took one that another worker had before, as at a reload. revoked: it did not take it, and another worker got it. If many are revoked, see "Offers revoked" for the reason.',
      unit: 'cps',
      queries: [query(rate('result', 'baton_handoffs_total', 'kind="connection"'), '{{result}}')],
    }),
    bars({
      title: 'Offers revoked, by reason',
      description:
        "Handoffs that workers did not take. stalled: event loops block. no_fds: raise the workers' limit of open files. worker_gone: workers crash. draining, declined: reloads and closed servers. All these connections went to other workers. queue_timeout: no worker took the connection in time, so it was closed.",
      queries: [query(increase('reason', 'baton_offers_revoked_total'), '{{reason}}')],
    }),
    timeseries({
      title: 'Offers open',
      description:
        'Connections on their way to each worker. Usually near 0. If it stays high, the event loop is blocked. At 256 (`--max-open-offers`) the worker gets no more.',
      queries: [query(total('instance, worker', 'baton_offers_open'), '{{instance}} / {{worker}}')],
    }),
    bars({
      title: 'Given back',
      description:
        'Idle connections that a worker gave back, at a reload, or because it had more than its share. taken: another worker got the connection, and the client noticed nothing. rebalanced: of those, the ones of workers with more than their share. lost: the primary had no free file descriptor, so the connection was closed; raise its limit of open files.',
      queries: [
        query(increase('result', 'baton_giveback_total'), '{{result}}'),
        query(increase('', 'baton_rebalanced_total'), 'rebalanced'),
      ],
    }),
  ],
};
