import type { WorkerStatus } from '../status.js';
import { formatCount, formatDuration } from './format.js';
import { mark } from './slot-columns.js';
import type { SlotRow } from './slot-row.js';
import type { Table } from './table.js';

/** Under the column of the state. */
const indent = ' '.repeat(5);

/** A slot's row, and beneath it what has no column: when a crashed worker starts again, and a second worker. */
export function slotLines(row: SlotRow, table: Table<SlotRow>): string[] {
  const { restartInMs } = row.worker;
  return [
    table.row(row),
    ...(restartInMs === undefined ? [] : [`${indent}starts again in ${formatDuration(restartInMs)}`]),
    ...row.others.map((other) => `${indent.slice(0, -2)}${mark} ${describe(other)}`),
  ];
}

function describe(worker: WorkerStatus): string {
  const { state, probationLeftMs, generation, pid, connections, requests, restartInMs } = worker;
  return [
    probationLeftMs === undefined ? state : `probation, ${Math.ceil(probationLeftMs / 1_000)} s left`,
    `generation ${formatCount(generation, 4)}`,
    ...(pid === undefined ? [] : [`pid ${pid}`]),
    ...(mayHaveClients(worker) ? [counted(connections, 'connection'), counted(requests, 'request')] : []),
    ...(restartInMs === undefined ? [] : [`starts again in ${formatDuration(restartInMs)}`]),
  ].join(', ');
}

function mayHaveClients({ state, probationLeftMs }: WorkerStatus): boolean {
  return state !== 'crashed' && state !== 'stopped' && probationLeftMs === undefined;
}

function counted(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
