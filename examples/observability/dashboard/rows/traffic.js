import { query, timeseries } from '../panels.js';
import { rate, total } from '../select.js';

const byWorker = 'instance, worker';
const worker = '{{instance}} / {{worker}}';
const taken = 'kind="connection", result=~"claimed|reclaimed"';

export const traffic = {
  title: 'Traffic',
  panels: [
    timeseries({
      title: 'Accepted, by listener',
      description:
        'New connections per second. If only one listener falls to 0, the proxy in front of it sends elsewhere, or its queue is full; see "Queue in the kernel".',
      unit: 'cps',
      queries: [query(rate('listener', 'baton_accepted_total'), '{{listener}}')],
    }),
    timeseries({
      title: 'Taken, by worker',
      description:
        'Connections per second that each worker got from the primary, or accepted itself. With least-loaded, slow workers get fewer. A worker that gets none is not ready, stalled, or out of file descriptors; see "Offers revoked".',
      unit: 'cps',
      queries: [
        query(
          `${rate(byWorker, 'baton_handoffs_total', taken)} + ${rate(byWorker, 'baton_worker_accepted_total')}`,
          worker,
        ),
      ],
    }),
    timeseries({
      title: 'Open connections',
      description:
        'Open connections of each worker, including those on their way to it. If it grows and never falls, clients keep their connections, or the app forgets to answer. If one worker is far above the others, long-lived connections gather there.',
      queries: [query(total(byWorker, 'baton_worker_connections'), worker)],
    }),
    timeseries({
      title: 'Requests in flight',
      description:
        'HTTP requests that each worker is answering now. If it grows while the rate of connections does not, the app, or what it waits for, became slower.',
      queries: [query(total(byWorker, 'baton_worker_requests_active'), worker)],
    }),
    timeseries({
      title: 'Queue in the kernel',
      description:
        'Connections that are not accepted yet; by worker if each has its own listening socket. If it stays high, more connections arrive than workers take: add workers, or use a longer backlog for short bursts. When the queue is full, the kernel drops new connections.',
      queries: [
        query(total('instance, listener, worker', 'baton_listener_queue_length'), '{{listener}} {{worker}}'),
      ],
    }),
    timeseries({
      title: 'Waiting in the primary',
      description:
        'Accepted connections for which no worker has room. It can be above 0 while workers start. If it stays above 0, all workers are down, or each has the maximum of open offers; see "Worker states" and "Offers open".',
      queries: [query(total('instance, listener', 'baton_connections_waiting'), '{{instance}} {{listener}}')],
    }),
  ],
};
