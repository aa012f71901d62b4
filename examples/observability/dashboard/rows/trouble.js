import { bars, query, timeseries } from '../panels.js';
import { increase, of, rate } from '../select.js';

export const trouble = {
  title: 'Trouble: all of this is 0 on a good day',
  panels: [
    bars({
      title: 'Accept errors',
      description:
        'Failed calls of accept4(2). EMFILE: raise the limit of open files of the primary. ENFILE, ENOBUFS, ENOMEM: the machine is short of files or memory. ECONNABORTED: the client went first; harmless.',
      queries: [query(increase('code', 'baton_accept_errors_total'), '{{code}}')],
    }),
    timeseries({
      title: 'Accepting paused',
      description:
        'Which part of the time the primary accepted nothing, for lack of file descriptors or memory. Connections wait in the kernel meanwhile. Moves: raise the limit of open files (`ulimit -n`, `LimitNOFILE=`), or find what holds so many.',
      unit: 'percentunit',
      queries: [query(rate('instance', 'baton_accept_paused_seconds_total'), '{{instance}}')],
    }),
    timeseries({
      title: 'Open files of the primary',
      description:
        'File descriptors that it has open, and how many it may have. It needs few of them: one for each connection on its way or waiting. Nears the limit: connections pile up, since workers do not take them; else raise the limit.',
      queries: [
        query(of('baton_primary_open_fds'), '{{instance}} open'),
        query(of('baton_primary_max_fds'), '{{instance}} limit'),
      ],
    }),
    bars({
      title: 'Dropped, by reason',
      description:
        'Accepted connections that the primary closed; their clients see a reset. queue_timeout: nobody took it in time; add workers. workers_died: two died of it; find out what the client sends. listener_closed: the app stopped listening. broken_ledger: a bug, or broken memory.',
      queries: [query(increase('reason', 'baton_connections_dropped_total'), '{{reason}}')],
    }),
    bars({
      title: 'Channel errors',
      description:
        'What workers sent or wrote against the rules. Anything but 0 is a bug in Baton, or something in the app writes to descriptors that are not its own. Please report it, with the versions.',
      queries: [query(increase('instance', 'baton_channel_errors_total'), '{{instance}}')],
    }),
    bars({
      title: 'After a kill',
      description:
        'Connections that a worker had when it was killed, without a request begun. recovered: untouched, another worker got it, its client noticed nothing. unrecovered: touched, closed. Moves: workers are killed; look for the OOM killer in the log of the kernel.',
      queries: [
        query(increase('', 'baton_connections_recovered_total'), 'recovered'),
        query(increase('', 'baton_connections_unrecovered_total'), 'unrecovered'),
      ],
    }),
    bars({
      title: 'Cut off while draining',
      description:
        'Connections that were still open when `--drain-timeout` was over, and were closed. Raise it, or let the app close what lasts (WebSockets, event streams) when it hears `draining`.',
      queries: [query(increase('instance', 'baton_worker_connections_cut_off_total'), '{{instance}}')],
    }),
  ],
};
