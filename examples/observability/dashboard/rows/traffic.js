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
        'New connections a second. A listener that falls to 0 alone: what is in front of it sends elsewhere, or its queue is full; see "Queue in the kernel".',
      unit: 'cps',
      queries: [query(rate('listener', 'baton_accepted_total'), '{{listener}}')],
    }),
    timeseries({
      title: 'Taken, by worker',
      description:
        'Connections a second that each worker got, handed over or accepted by itself. With least-loaded, slow workers get fewer. One that gets none is not ready, stalled, or out of file descriptors; see "Offers revoked".',
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
        'Of each worker, those on their way included. Grows and never falls: clients keep their connections, or the app forgets to answer. One worker far above the others: long-lived connections gather there.',
      queries: [query(total(byWorker, 'baton_worker_connections'), worker)],
    }),
    timeseries({
      title: 'Requests in flight',
      description:
        'HTTP requests that each worker is answering now. Grows while the rate of connections does not: the app, or what it waits for, became slower.',
      queries: [query(total(byWorker, 'baton_worker_requests_active'), worker)],
    }),
    timeseries({
      title: 'Queue in the kernel',
      description:
        'Connections that are not accepted yet; by worker where each has a listening socket of its own. Stays high: more arrive than are taken. More workers, or a longer backlog for short bursts. At its end the kernel drops new connections.',
      queries: [
        query(total('instance, listener, worker', 'baton_listener_queue_length'), '{{listener}} {{worker}}'),
      ],
    }),
    timeseries({
      title: 'Waiting in the primary',
      description:
        'Accepted connections for which no worker has room. Other than 0 while workers start. Stays: all are down, or have as many offers open as they may; see "Worker states" and "Offers open".',
      queries: [query(total('instance, listener', 'baton_connections_waiting'), '{{instance}} {{listener}}')],
    }),
  ],
};
