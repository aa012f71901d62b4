import type { WorkerState } from '../metrics/snapshot.js';
import type { Handoff } from '../options.js';
import { formatAge, formatBytes, formatCount, formatRate, formatShare } from './format.js';
import type { TextFormat } from './paint.js';
import { formatPercentile } from './percentile.js';
import type { SlotRow } from './slot-row.js';
import type { Column } from './table.js';

const stateFormats: Record<WorkerState, TextFormat> = {
  starting: 'cyan',
  ready: 'green',
  draining: 'yellow',
  stopped: 'dim',
  crashed: 'red',
};

/** Tells that the slot has one worker more, in the line beneath. */
export const mark = '*';

/** The table of `status`: 78 columns wide. */
export function statusColumns(handoff: Handoff): Column<SlotRow>[] {
  const total: Column<SlotRow> = {
    ...(handoff === 'listeners' ? { head: 'accepted' } : { head: 'total', above: 'handoffs' }),
    width: 8,
    cell: ({ taken }) => ({ text: formatCount(taken, 8) }),
  };
  return [...columnsOfLoad, total, ...columnsOfLatency, ...columnsOfProcess];
}

/** The table of `top`: 80 columns wide. */
export function topColumns(handoff: Handoff): Column<SlotRow>[] {
  const rate: Column<SlotRow> = {
    ...(handoff === 'listeners' ? { head: 'new/s' } : { head: '/s', above: 'handoffs' }),
    width: 5,
    cell: ({ takenPerSecond }) => ({ text: orNone(takenPerSecond, formatRate) }),
  };
  const loop: Column<SlotRow> = {
    head: 'loop',
    width: 4,
    cell: ({ loopUtilization }) => ({
      text: orNone(loopUtilization, formatShare),
      format: loopUtilization !== undefined && loopUtilization >= 0.9 ? 'red' : undefined,
    }),
  };
  return [...columnsOfLoad, rate, ...columnsOfLatency, loop, ...columnsOfProcess];
}

const columnsOfLoad: Column<SlotRow>[] = [
  {
    head: 'slot',
    width: 4,
    cell: ({ slot, others }) => ({ text: `${slot}${others.length > 0 ? mark : ' '}` }),
  },
  {
    head: 'state',
    width: 8,
    align: 'left',
    cell: ({ worker: { state } }) => ({ text: state, format: stateFormats[state] }),
  },
  { head: 'gen', width: 4, cell: ({ worker }) => ({ text: formatCount(worker.generation, 4) }) },
  { head: 'pid', width: 7, cell: ({ worker }) => ({ text: orNone(worker.pid, String) }) },
  { head: 'conns', width: 5, cell: ({ worker }) => ({ text: formatCount(worker.connections) }) },
  { head: 'reqs', width: 5, cell: ({ worker }) => ({ text: formatCount(worker.requests) }) },
];

const columnsOfLatency: Column<SlotRow>[] = [percentileColumn(50), percentileColumn(99)];

const columnsOfProcess: Column<SlotRow>[] = [
  { head: 'rss', width: 4, cell: ({ worker }) => ({ text: orNone(worker.residentBytes, formatBytes) }) },
  { head: 'starts', above: 're-', width: 6, cell: ({ worker }) => ({ text: formatCount(worker.restarts) }) },
  { head: 'age', width: 4, cell: ({ worker }) => ({ text: formatAge(worker.ageMs) }) },
];

function percentileColumn(percent: number): Column<SlotRow> {
  return {
    head: `p${percent}`,
    above: 'handoffs',
    width: 6,
    cell: ({ latency, takenPerSecond, latencyIsRecent }) => ({
      text: formatPercentile(latency, percent),
      // Beside a rate, a figure of all the time is to be told from one of the last second.
      format: takenPerSecond !== undefined && !latencyIsRecent ? 'dim' : undefined,
    }),
  };
}

function orNone<Value>(value: Value | undefined, format: (value: Value) => string): string {
  return value === undefined ? '–' : format(value);
}
