import { bars, query, timeseries } from '../panels.js';
import { increase, of, rate } from '../select.js';

export const trouble = {
  title: 'Trouble: all of this is 0 on a good day',
  panels: [
    bars({
      title: 'Accept errors',
      description:
        "Failed calls of accept4(2). EMFILE: raise the primary's limit of open files. ENFILE, ENOBUFS, ENOMEM: the machine is short of files or memory. ECONNABORTED: the client closed the connection first; harmless.",
      queries: [query(increase('code', 'baton_accept_errors_total'), '{{code}}')],
    }),
    timeseries({
      title: 'Accepting paused',
      description:
        'Share of the time in which the primary accepted nothing, for lack of file descriptors or memory. Connections wait in the kernel meanwhile. If it is above 0, raise the limit of open files (`ulimit -n`, `LimitNOFILE=`), or find out what holds so many.',
      unit: 'percentunit',
      queries: [query(rate('instance', 'baton_accept_paused_seconds_total'), '{{instance}}')],
    }),
    timeseries({
      title: 'Open files of the primary',
      description:
        'File descriptors that the primary has open, and how many it may have. It needs few: one for each connection that is waiting or on its way. If it nears the limit, check whether connections pile up because workers do not take them. Otherwise raise the limit.',
      queries: [
        query(of('baton_primary_open_fds'), '{{instance}} open'),
        query(of('baton_primary_max_fds'), '{{instance}} limit'),
      ],
    }),
    bars({
      title: 'Dropped, by reason',
      description:
        'Accepted connections that the primary closed; their clients see a reset. queue_timeout: no worker took the connection in time; add workers. workers_died: two workers died while they had it; find out what the client sends. listener_closed: the app stopped listening. broken_ledger: a bug, or broken memory.',
      queries: [query(increase('reason', 'baton_connections_dropped_total'), '{{reason}}')],
    }),
    bars({
      title: 'Channel errors',
      description:
        'Invalid data from workers, which the primary refused. Anything but 0 is a bug in Baton, or something in the app writes to file descriptors that are not its own. Please report it, with the versions.',
      queries: [query(increase('instance', 'baton_channel_errors_total'), '{{instance}}')],
    }),
    bars({
      title: 'After a kill',
      description:
        "Connections without a request begun that a worker had when it was killed. recovered: the worker had not touched it, another worker got it, and the client noticed nothing. unrecovered: the worker had touched it, so it was closed. If it rises, workers are being killed; look for the OOM killer in the kernel's log.",
      queries: [
        query(increase('', 'baton_connections_recovered_total'), 'recovered'),
        query(increase('', 'baton_connections_unrecovered_total'), 'unrecovered'),
      ],
    }),
    bars({
      title: 'Cut off while draining',
      description:
        'Connections that were still open at the end of `--drain-timeout`, and were closed. Raise it, or let the app close long-lived connections (WebSockets, event streams) when it gets the event `draining`.',
      queries: [query(increase('instance', 'baton_worker_connections_cut_off_total'), '{{instance}}')],
    }),
  ],
};
