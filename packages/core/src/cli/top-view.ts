import { oneLine } from '../printable.js';
import { formatDuration, formatRate } from './format.js';
import { paintWith, type Paint } from './paint.js';
import {
  describeApp,
  describeListener,
  describeReload,
  describeSlots,
  nodeVersion,
} from './primary-lines.js';
import { topColumns } from './slot-columns.js';
import { slotLines } from './slot-lines.js';
import { acceptedPerSecond, type Sample } from './sample.js';
import { formatPercentile, merged } from './percentile.js';
import { slotRows, type SlotRow } from './slot-row.js';
import { Table } from './table.js';
import { cut, wrap } from './text.js';

/** All that the screen of `baton top` shows. */
export interface TopView {
  now?: Sample | undefined;
  /** The sample before, for rates. */
  before?: Sample | undefined;
  /** The primary does not answer: why, and for how long it has not. */
  failure?: { text: string; forMs: number } | undefined;
  /** What the last command does, did, or why it failed. */
  message?: { text: string; kind: 'running' | 'done' | 'failed' } | undefined;
}

export interface ScreenSize {
  columns: number;
  rows: number;
}

const keys = 'q quit   r reload   + add a slot   - remove one';

/** As many lines as the terminal has, the last of them without an end. */
export function renderTop(view: TopView, size: ScreenSize, colours: boolean): string {
  const paint = paintWith(colours);
  const rows = view.now === undefined ? [] : slotRows(view.now, view.before);
  const top = [...headLines(view, rows, size.columns, paint), ...failureLines(view, size.columns, paint)];
  const bottom = [...messageLines(view, size.columns, paint), paint('dim', cut(keys, size.columns))];
  const room = Math.max(0, size.rows - top.length - bottom.length);
  const table = tableLines(view, rows, size.columns, room, paint);
  const filler = Array.from({ length: room - table.length }, () => '');
  return [...top, ...table, ...filler, ...bottom].slice(-size.rows).join('\n');
}

function headLines(
  { now, before }: TopView,
  rows: readonly SlotRow[],
  columns: number,
  paint: Paint,
): string[] {
  if (now === undefined) return [];
  const { status, at } = now;
  const { listeners } = status;
  const [only] = listeners;
  const where = listeners.length === 1 && only ? describeListener(only) : `${listeners.length} listeners`;
  const sum = (pick: (listener: (typeof listeners)[number]) => number): number =>
    listeners.reduce((total, listener) => total + pick(listener), 0);
  const [first = '', ...others] = [
    [
      describeApp(status),
      `pid ${status.pid}`,
      `up ${formatDuration(at - status.startedAt)}`,
      `Node ${nodeVersion(status)}`,
      `baton ${oneLine(status.version)}`,
    ],
    [describeSlots(status), `generation ${status.generation}`, describeReload(status, at) ?? 'no reload yet'],
    describeRequests(rows),
    [
      where,
      `${formatRateOrNone(acceptedPerSecond(before, now))} accepted/s`,
      `${sum(({ waiting }) => waiting)} waiting`,
      `${sum(({ queued }) => queued)} queued`,
    ],
  ].map((parts) => cut(parts.join('  '), columns));
  return [paint('bold', first), ...others];
}

/** What all slots together do. */
function describeRequests(rows: readonly SlotRow[]): string[] {
  const total = (pick: (recent: SlotRow['recent']) => number | undefined): string => {
    const known = rows.map(({ recent }) => pick(recent)).filter((rate) => rate !== undefined);
    return formatRateOrNone(known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate));
  };
  const durations = merged(rows.flatMap(({ recent }) => recent.durations ?? []));
  return [
    `${total(({ requestsPerSecond }) => requestsPerSecond)} requests/s`,
    `${total(({ errorsPerSecond }) => errorsPerSecond)} errors/s`,
    `p50 ${formatPercentile(durations, 50)}`,
    `p99 ${formatPercentile(durations, 99)}`,
  ];
}

function formatRateOrNone(rate: number | undefined): string {
  return rate === undefined ? '–' : formatRate(rate);
}

/** A line is left blank for it, so that the table stands still. */
function failureLines({ now, failure }: TopView, columns: number, paint: Paint): string[] {
  if (failure === undefined) return [now === undefined ? 'Asking the primary …' : ''];
  const state =
    now === undefined
      ? 'No primary answers; trying again.'
      : `No answer for ${formatDuration(failure.forMs)}, trying again; the figures below are outdated.`;
  return wrap(`${state} ${oneLine(failure.text)}`, columns, 3).map((line) => paint('red', line));
}

function messageLines({ message }: TopView, columns: number, paint: Paint): string[] {
  if (message === undefined) return [''];
  const format = { running: 'cyan', done: 'green', failed: 'red' } as const;
  return wrap(oneLine(message.text), columns, 3).map((line) => paint(format[message.kind], line));
}

/** The slots as far as there is room, each with all its lines or not at all. */
function tableLines(
  { now }: TopView,
  rows: readonly SlotRow[],
  columns: number,
  room: number,
  paint: Paint,
): string[] {
  if (now === undefined) return [];
  const table = new Table(topColumns(now.status.handoff, columns), columns, paint);
  if (table.width > columns) {
    const tells = `The table needs ${table.width} columns, but the terminal has ${columns}: make it wider.`;
    return wrap(tells, columns, room).slice(0, room);
  }
  const slots = rows.map((row) => slotLines(row, table));
  const lines = table.heads();
  if (lines.length + slots.flat().length <= room) return [...lines, ...slots.flat()];
  let shown = 0;
  for (const slot of slots) {
    if (lines.length + slot.length > room - 1) break;
    lines.push(...slot);
    shown += 1;
  }
  const hidden = slots.length - shown;
  const tells = `… and ${hidden} more ${hidden === 1 ? 'slot' : 'slots'}: the terminal is too short`;
  return [...lines.slice(0, Math.max(0, room - 1)), cut(tells, columns)].slice(0, room);
}
