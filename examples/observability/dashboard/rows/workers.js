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
        'The state of each slot. While one worker replaces another, it shows the one that serves. crashed for long: a crash loop; see its output. starting for long: the app does not listen, or with `--wait-ready` does not call ready().',
      width: 16,
      states,
      queries: [query(`max by (${byWorker}) (${stateOfSlot})`, worker)],
    }),
    timeseries({
      title: 'Ready and wanted',
      description:
        'Slots whose worker takes connections, and how many slots there should be. They differ only while workers start or after a crash. `baton scale` changes the wanted number.',
      queries: [
        query(slotsReady('instance'), '{{instance}} ready'),
        query(total('instance', 'baton_slots'), '{{instance}} wanted'),
      ],
    }),
    timeseries({
      title: 'Event loop utilization',
      description:
        'Share of the time in which each event loop was busy since the last scrape. If all are above 80 %, add workers or machines. If only one is, it has heavier clients, or something in it runs wild.',
      unit: 'percentunit',
      max: 1,
      queries: [query(total(byWorker, 'baton_worker_eventloop_utilization'), worker)],
    }),
    timeseries({
      title: 'Resident memory',
      description:
        "Memory of the slot's workers; at a reload there are two for a moment. If it grows without end, there is a leak: take a heap snapshot, and let `--max-memory` replace the worker meanwhile.",
      unit: 'bytes',
      queries: [query(total(byWorker, 'baton_worker_resident_memory_bytes'), worker)],
    }),
    timeseries({
      title: 'Stalled',
      description:
        'Share of the time in which the event loop was blocked, beyond `--stall-after`. If it lasts, something in the app computes or waits synchronously: take a CPU profile of that worker. If all workers stall at once, the machine is short of CPU.',
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
        'Time until a crashed worker is started again; 0 if none is waiting. It doubles with each crash right after the start, up to 30 s: the app cannot start. See its output. A reload to a version that can start ends it.',
      width: 12,
      unit: 's',
      queries: [query(total(byWorker, 'baton_worker_restart_wait_seconds'), worker)],
    }),
  ],
};
