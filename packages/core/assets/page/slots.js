// The table of slots: a row for each worker.

import { formatPercentile } from './durations.js';
import { element, find, show, syncTable } from './elements.js';
import { alarmShare, isOnProbation } from './figures.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatRate,
  formatSecondsLeft,
  formatShare,
  orNone,
} from './format.js';

/** From here on the loop's bar is full: who asks waits for what others have asked. */
export const fullLoop = 0.9;

const stateClasses = { starting: 'news', ready: 'good', draining: 'busy', crashed: 'bad' };

/** In a word, and how long that lasts, where it is known. */
function describeState({ state, stalledForMs, probationLeftMs, restartInMs }) {
  if (isOnProbation({ probationLeftMs }))
    return { word: 'probation', look: 'news', more: formatSecondsLeft(probationLeftMs) };
  if (stalledForMs > 0 && state !== 'crashed' && state !== 'stopped')
    return { word: 'stalled', look: 'bad', more: `for ${formatDuration(stalledForMs)}` };
  const more = restartInMs === undefined ? '' : `next try in ${formatDuration(restartInMs)}`;
  return { word: state, look: stateClasses[state] ?? '', more };
}

function updateState(cell, { worker }) {
  const [name, wait] = cell.children;
  const { word, look, more } = describeState(worker);
  name.className = `dot ${look}`;
  show(name, word);
  show(wait, more);
  wait.hidden = more === '';
}

function updateLoop(cell, { loop }) {
  const [track, number] = cell.firstElementChild.children;
  const bar = track.firstElementChild;
  bar.style.width = `${(loop ?? 0) * 100}%`;
  bar.className = loop >= fullLoop ? 'full' : '';
  show(number, orNone(loop, formatShare));
}

function updateErrors(cell, { isFirst, errorsPerSecond, requestsPerSecond }) {
  cell.classList.toggle(
    'alarm',
    isFirst && errorsPerSecond >= alarmShare * requestsPerSecond && errorsPerSecond > 0,
  );
  show(cell, isFirst ? orNone(errorsPerSecond, formatRate) : '');
}

const ofSlot = (text) => (row) => (row.isFirst ? text(row) : '');

const requestColumns = [
  { name: 'Requests/s', text: ofSlot(({ requestsPerSecond }) => orNone(requestsPerSecond, formatRate)) },
  { name: 'Errors/s', update: updateErrors },
  {
    name: 'Latency p50',
    about: 'Half of the requests took at most',
    text: ofSlot(({ duration }) => formatPercentile(duration, 50)),
  },
  {
    name: 'Latency p99',
    about: '99 of 100 requests took at most',
    text: ofSlot(({ duration }) => formatPercentile(duration, 99)),
  },
];

const columns = (handoff, areCounted) => [
  { name: 'Slot', align: 'left', text: ({ worker }) => String(worker.slot) },
  {
    name: 'State',
    align: 'left',
    create: () => [element('span'), element('span', { class: 'wait muted' })],
    update: updateState,
  },
  { name: 'Gen.', about: 'Generation: counts reloads', text: ({ worker }) => formatCount(worker.generation) },
  { name: 'Pid', text: ({ worker }) => orNone(worker.pid, String) },
  ...(areCounted ? requestColumns : []),
  { name: 'In flight', text: ({ worker }) => formatCount(worker.requests) },
  { name: 'Connections', text: ({ worker }) => formatCount(worker.connections) },
  {
    // Of handoff of listeners, what workers accept by themselves is in it.
    name: handoff === 'listeners' ? 'New/s' : 'Handoffs/s',
    text: ofSlot(({ takenPerSecond }) => orNone(takenPerSecond, formatRate)),
  },
  {
    name: 'Handoff p99',
    about: '99 of 100 handoffs took at most',
    text: ofSlot(({ latency }) => formatPercentile(latency, 99)),
  },
  {
    name: 'Loop busy',
    create: () => [
      element(
        'span',
        { class: 'loop' },
        element('span', { class: 'track', 'aria-hidden': 'true' }, element('span')),
        element('span'),
      ),
    ],
    update: updateLoop,
  },
  { name: 'Memory', text: ({ worker }) => orNone(worker.residentBytes, formatBytes) },
  { name: 'Restarts', text: ofSlot(({ worker }) => formatCount(worker.restarts)) },
  { name: 'Age', text: ({ worker }) => formatDuration(worker.ageMs) },
];

export function showSlots(rows, handoff, areCounted) {
  syncTable(
    find('#slots table'),
    columns(handoff, areCounted),
    rows,
    ({ worker }) => worker.id,
    (row, { isFirst }) => row.classList.toggle('second', !isFirst),
  );
  find('#slots .none').hidden = rows.length > 0;
}
