import { oneLine } from '../printable.js';
import { formatDuration } from './format.js';
import { paintWith } from './paint.js';
import {
  describeApp,
  describeDirectories,
  describeListener,
  describeReload,
  describeSlots,
  nodeVersion,
} from './primary-lines.js';
import { statusColumns } from './slot-columns.js';
import { slotLines } from './slot-lines.js';
import type { Sample } from './sample.js';
import { slotRows } from './slot-row.js';
import { Table } from './table.js';
import { wrap } from './text.js';

/** Of what a line of the head says, below its name. */
const indent = 12;

/** What `baton status` prints: a head, and a table of the slots. */
export function renderStatus(
  sample: Sample,
  { columns, colours }: { columns: number; colours: boolean },
): string {
  const { status } = sample;
  const paint = paintWith(colours);
  const table = new Table(statusColumns(status.handoff, columns), columns, paint);
  return [
    ...headOf(sample).flatMap(([name, text]) =>
      wrap(text, Math.max(indent, columns - indent)).map(
        (line, index) => `${paint('dim', (index === 0 ? name : '').padEnd(indent))}${line}`,
      ),
    ),
    '',
    ...table.heads(),
    ...slotRows(sample).flatMap((row) => slotLines(row, table)),
  ].join('\n');
}

function headOf({ status, at }: Sample): [name: string, text: string][] {
  const { version, pid, startedAt, handoff, policy, generation, metricsUrl, listeners } = status;
  const reload = describeReload(status, at);
  return [
    ['app', describeApp(status)],
    [
      'baton',
      `${oneLine(version)}, Node ${nodeVersion(status)}, pid ${pid}, up ${formatDuration(at - startedAt)}`,
    ],
    ['handoff', `${handoff}, ${policy}`],
    ['generation', reload === undefined ? String(generation) : `${generation}, ${reload}`],
    ...describeDirectories(status).map((text, index): [string, string] => [
      index === 0 ? 'directory' : '',
      text,
    ]),
    ['metrics', metricsUrl === undefined ? 'off' : oneLine(metricsUrl)],
    ...listeners.map((listener, index): [string, string] => {
      const { accepted, waiting, queued } = listener;
      const figures = `${accepted} accepted, ${waiting} waiting, ${queued} queued`;
      return [index === 0 ? 'listening' : '', `${describeListener(listener)}  ${figures}`];
    }),
    ['slots', describeSlots(status)],
  ];
}
