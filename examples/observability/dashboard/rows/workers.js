import { bars, query, stateTimeline, timeseries } from '../panels.js';
import { increase, of, rate, slotsReady, total } from '../select.js';

const byWorker = 'instance, worker';
const worker = '{{instance}} / {{worker}}';

/** Of two workers in one slot, the state with the higher number shows: the one that serves, else the one that is to. */
const states = [
  [1, 'stopped', 'text'],
  [2, 'draining', 'blue'],
  [3, 'starting', 'yellow'],
  [4, 'crashed', 'red'],
  [5, 'ready', 'green'],
];

const stateOfSlot = states
  .map(([number, state]) => `${number} * clamp_max(${of('baton_worker_state', `state="${state}"`)}, 1)`)
  .join(' or ');

export const workers = {
  title: 'Workers',
  panels: [
    stateTimeline({
      title: 'Worker states',
      description:
        'The state of each slot. While one worker takes the place of another, the one that serves shows. crashed for long: it is in a crash loop; see its output. starting for long: the app does not come to listen, or with `--wait-ready` does not say that it is ready.',
      width: 16,
      states,
      queries: [query(`max by (${byWorker}) (${stateOfSlot})`, worker)],
    }),
    timeseries({
      title: 'Ready and wanted',
      description:
        'Slots whose worker takes connections, and slots that there are to be. They differ only while workers start or after a crash. Wanted moves with `baton scale`.',
      queries: [
        query(slotsReady('instance'), '{{instance}} ready'),
        query(total('instance', 'baton_slots'), '{{instance}} wanted'),
      ],
    }),
    timeseries({
      title: 'Event loop utilization',
      description:
        'Which part of the time each event loop was busy since the last scrape. All above 80 %: add workers or machines. One alone: it has heavier clients, or something in it runs wild.',
      unit: 'percentunit',
      max: 1,
      queries: [query(total(byWorker, 'baton_worker_eventloop_utilization'), worker)],
    }),
    timeseries({
      title: 'Resident memory',
      description:
        "Of the slot's workers, two of them for a moment at a reload. Grows without end: a leak; take a heap snapshot, and let `--max-memory` replace the worker meanwhile.",
      unit: 'bytes',
      queries: [query(total(byWorker, 'baton_worker_resident_memory_bytes'), worker)],
    }),
    timeseries({
      title: 'Stalled',
      description:
        'Which part of the time the event loop stood still, beyond `--stall-after`. Anything that lasts: something in the app computes or waits synchronously; take a CPU profile of that worker. All workers at once: the machine is short of CPU.',
      unit: 'percentunit',
      queries: [query(rate(byWorker, 'baton_worker_stalled_seconds_total'), worker)],
    }),
    bars({
      title: 'Restarts, by reason',
      description:
        'crash: see the output of the worker. reload: releases. max_memory, max_age: the limits that you set; often for memory: a leak.',
      width: 12,
      queries: [query(increase('reason', 'baton_worker_restarts_total'), '{{reason}}')],
    }),
    timeseries({
      title: 'Restart wait',
      description:
        'In how long a crashed worker is started again; 0 if it is not down. It doubles with each crash right after the start, up to 30 s: the app cannot come up. See its output; a reload to a version that can ends it.',
      width: 12,
      unit: 's',
      queries: [query(total(byWorker, 'baton_worker_restart_wait_seconds'), worker)],
    }),
  ],
};
