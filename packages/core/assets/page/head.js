// The head of the page: whose it is, the verdict, and facts and figures of all slots.

import { countedSince, formatPercentile, total } from './durations.js';
import { element, find, show, showFacts, sync } from './elements.js';
import { latencyOf, rate } from './figures.js';
import { formatCount, formatDuration, formatMoment, formatRate, orNone } from './format.js';

const marks = { good: '✓', news: '↻', warn: '!', bad: '✕' };
const colours = { good: '17803d', news: '2f5fc4', warn: '9a5b00', bad: 'c0262d' };
const strokes = {
  good: 'M4.5 8.5l2.5 2.5l4.5-5.5',
  news: 'M4.5 11.5l7-7',
  warn: 'M8 4v5m0 2.5v.5',
  bad: 'M5 5l6 6m0-6l-6 6',
};

function icon(level) {
  const colour = `%23${colours[level]}`;
  return `data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='${colour}'/%3E%3Cpath d='${strokes[level]}' fill='none' stroke='white' stroke-width='2' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E`;
}

let name = 'Baton';
let wasSaid;

/** `announcement` alone is read aloud, when it is another. What is seen changes each second. */
export function showVerdict({ level, text, said, details }) {
  const verdict = find('#verdict');
  if (verdict.dataset.level !== level) {
    verdict.dataset.level = level;
    find('link[rel=icon]').href = icon(level);
  }
  show(find('#mark'), marks[level]);
  show(find('#verdict-text'), text);
  const list = find('#verdict-details');
  sync(
    list,
    details,
    (detail, index) => index,
    () => element('li'),
    show,
  );
  list.hidden = details.length === 0;
  if (wasSaid !== said) show(find('#announcement'), (wasSaid = said));
  document.title = `${level === 'bad' || level === 'warn' ? `${said.replace(/;.*/s, '')} – ` : ''}${name} – Baton`;
}

function describeReload({ reload }, nowAt) {
  if (reload === undefined) return 'none yet';
  const { state, startedAt, endedAt = nowAt } = reload;
  if (state === 'running') return `running for ${formatDuration(nowAt - startedAt)}`;
  return `${state} ${formatDuration(nowAt - endedAt)} ago, took ${formatDuration(endedAt - startedAt)}`;
}

export function showHead(status, nowAt) {
  name = status.name ?? status.app.split('/').at(-1);
  show(find('#name'), name);
  show(find('#app'), status.app);
  showFacts(
    find('#facts'),
    [
      ['Process', `pid\u00a0${status.pid}`],
      ['Up since', `${formatMoment(status.startedAt)} (${formatDuration(nowAt - status.startedAt)})`],
      ['Generation', formatCount(status.generation)],
      ['Last reload', describeReload(status, nowAt)],
      ['Handoff', status.handoff],
      ['Policy', status.policy],
      ['Baton', status.version],
      ['Node', status.node.replace(/^v/, '')],
    ],
    () => '',
  );
}

const sumOver = (items, pick) => total(items.map(pick));

export const inFlight = ({ workers }) => sumOver(workers, ({ requests }) => requests);

export function showTotals(now, before, seconds) {
  const accepted = ({ listeners }) => sumOver(listeners, ({ accepted }) => accepted);
  const latency = countedSince(before && latencyOf(before.workers), latencyOf(now.workers));
  showFacts(
    find('#totals'),
    [
      ['Accepted/s', orNone(rate(before && accepted(before), accepted(now), seconds), formatRate)],
      ['Connections', formatCount(sumOver(now.workers, ({ connections }) => connections))],
      ['Requests in flight', formatCount(inFlight(now))],
      ['Handoff p50', formatPercentile(latency, 50)],
      ['Handoff p99', formatPercentile(latency, 99)],
    ],
    () => '',
  );
}
