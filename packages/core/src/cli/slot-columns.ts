import type { WorkerState } from '../metrics/snapshot.js';
import type { Handoff } from '../options.js';
import { formatAge, formatBytes, formatCount, formatRate, formatShare } from './format.js';
import { endedRequests, failedRequests } from './http-rates.js';
import type { TextFormat } from './paint.js';
import { formatPercentile, type Histogram } from './percentile.js';
import type { SlotRow } from './slot-row.js';
import { leastWidth, type Column } from './table.js';

const stateFormats: Record<WorkerState, TextFormat> = {
  starting: 'cyan',
  ready: 'green',
  draining: 'yellow',
  stopped: 'dim',
  crashed: 'red',
};

/** Tells that the slot has one worker more, in the line beneath. */
export const mark = '*';

/** The table of `status`: 80 columns wide; where the terminal has the room, with the handoffs. */
export function statusColumns(handoff: Handoff, terminalWidth: number): Column<SlotRow>[] {
  const taken: Column<SlotRow> = {
    ...(handoff === 'listeners' ? { head: 'accepted' } : { head: 'total', above: 'handoffs' }),
    width: 8,
    cell: ({ taken }) => ({ text: formatCount(taken, 8) }),
  };
  const latency = ({ worker }: SlotRow): Histogram => worker.latency;
  const handoffs = [taken, handoffPercentile(50, latency), handoffPercentile(99, latency)];
  const start = [slot, state, generation, pid, connections, ...requestsInAll];
  const end = [memory, restarts, age];
  return widest(terminalWidth, [...start, ...handoffs, ...end], [...start, ...end]);
}

/** The table of `top`: 79 columns wide; where the terminal has the room, with the generation and the handoffs. */
export function topColumns(handoff: Handoff, terminalWidth: number): Column<SlotRow>[] {
  const taken: Column<SlotRow> = {
    ...(handoff === 'listeners' ? { head: 'new/s' } : { head: '/s', above: 'handoffs' }),
    width: 5,
    cell: ({ recent }) => ({ text: orNone(recent.takenPerSecond, formatRate) }),
  };
  const latency = ({ recent }: SlotRow): Histogram | undefined => recent.handoffs;
  const handoffs = [taken, handoffPercentile(50, latency), handoffPercentile(99, latency)];
  const start = [slot, state, ...recentRequests, connections];
  const end = [loop, memory, restarts];
  return widest(
    terminalWidth,
    [...start, ...handoffs, ...end, generation, pid, age],
    [...start, ...end, pid, age],
  );
}

function widest(
  terminalWidth: number,
  wide: Column<SlotRow>[],
  narrow: Column<SlotRow>[],
): Column<SlotRow>[] {
  return leastWidth(wide) <= terminalWidth ? wide : narrow;
}

const slot: Column<SlotRow> = {
  head: 'slot',
  width: 4,
  cell: ({ slot, others }) => ({ text: `${slot}${others.length > 0 ? mark : ' '}` }),
};

const state: Column<SlotRow> = {
  head: 'state',
  width: 8,
  align: 'left',
  cell: ({ worker }) => ({ text: worker.state, format: stateFormats[worker.state] }),
};

const generation: Column<SlotRow> = {
  head: 'gen',
  width: 4,
  cell: ({ worker }) => ({ text: formatCount(worker.generation, 4) }),
};

const pid: Column<SlotRow> = {
  head: 'pid',
  width: 7,
  cell: ({ worker }) => ({ text: orNone(worker.pid, String) }),
};

const connections: Column<SlotRow> = {
  head: 'conns',
  width: 5,
  cell: ({ worker }) => ({ text: formatCount(worker.connections) }),
};

const requestsNow: Column<SlotRow> = {
  head: 'now',
  above: 'requests',
  width: 5,
  cell: ({ worker }) => ({ text: formatCount(worker.requests) }),
};

const recentRequests: Column<SlotRow>[] = [
  requestsColumn('/s', 5, ({ recent }) => orNone(recent.requestsPerSecond, formatRate)),
  {
    head: 'err/s',
    above: 'requests',
    width: 5,
    cell: ({ recent: { errorsPerSecond } }) => ({
      text: orNone(errorsPerSecond, formatRate),
      format: errorsPerSecond !== undefined && errorsPerSecond > 0 ? 'red' : undefined,
    }),
  },
  requestsColumn('p50', 5, ({ recent }) => formatPercentile(recent.durations, 50)),
  requestsColumn('p99', 5, ({ recent }) => formatPercentile(recent.durations, 99)),
  requestsNow,
];

const requestsInAll: Column<SlotRow>[] = [
  requestsNow,
  requestsColumn('total', 6, ({ worker }) =>
    orNone(worker.http && endedRequests(worker.http), (count) => formatCount(count, 6)),
  ),
  requestsColumn('errs', 5, ({ worker }) => orNone(worker.http && failedRequests(worker.http), formatCount)),
  requestsColumn('p50', 5, ({ worker }) => formatPercentile(worker.http?.duration, 50)),
  requestsColumn('p99', 5, ({ worker }) => formatPercentile(worker.http?.duration, 99)),
];

const loop: Column<SlotRow> = {
  head: 'loop',
  width: 4,
  cell: ({ recent: { loopUtilization } }) => ({
    text: orNone(loopUtilization, formatShare),
    format: loopUtilization !== undefined && loopUtilization >= 0.9 ? 'red' : undefined,
  }),
};

const memory: Column<SlotRow> = {
  head: 'rss',
  width: 4,
  cell: ({ worker }) => ({ text: orNone(worker.residentBytes, formatBytes) }),
};

const restarts: Column<SlotRow> = {
  head: 'starts',
  above: 're-',
  width: 6,
  cell: ({ worker }) => ({ text: formatCount(worker.restarts) }),
};

const age: Column<SlotRow> = {
  head: 'age',
  width: 4,
  cell: ({ worker }) => ({ text: formatAge(worker.ageMs) }),
};

function requestsColumn(head: string, width: number, textOf: (row: SlotRow) => string): Column<SlotRow> {
  return { head, above: 'requests', width, cell: (row) => ({ text: textOf(row) }) };
}

function handoffPercentile(
  percent: number,
  histogramOf: (row: SlotRow) => Histogram | undefined,
): Column<SlotRow> {
  return {
    head: `p${percent}`,
    above: 'handoffs',
    width: 6,
    cell: (row) => ({ text: formatPercentile(histogramOf(row), percent) }),
  };
}

function orNone<Value>(value: Value | undefined, format: (value: Value) => string): string {
  return value === undefined ? '–' : format(value);
}
