// Asks the primary once a second what it does, and shows that.

import { find, show } from './elements.js';
import { showEvents } from './events.js';
import { allRequestsSince, areRequestsCounted, latencyOf, rowsOf, sinceLast } from './figures.js';
import { formatClock, formatDuration } from './format.js';
import { drawHandoffs, showHandoffs } from './handoffs.js';
import { inFlight, showHead, showTotals, showVerdict } from './head.js';
import { History } from './history.js';
import { showListeners } from './listeners.js';
import { drawRequests, showAreCounted, showRequests } from './requests.js';
import { showSlots } from './slots.js';
import { judge, judgeSilence } from './verdict.js';

const intervalMs = 1_000;
const patienceMs = 5_000;
/** Without an answer for so long, something is wrong, though the request has not failed yet. */
const silenceMs = 3_000;

const history = new History();
/** `{ status, nowAt, seenMs, seenAt }` of the last answer. */
let last;
let timer;
let isAsking = false;
/** Why the last request has failed; undefined: it has not. */
let failure;
/** Since when answers are waited for, while there is none. */
let waitingSinceMs = performance.now();

function showStatus(sample) {
  const { status, nowAt, seenMs } = sample;
  // This page is of the primary that was here before.
  if (last && isOther(last.status, status)) return location.reload();
  const { before, seconds } = sinceLast(last, sample);
  if (last && before === undefined) history.clear();
  last = { ...sample, seenAt: Date.now() };
  history.add(seenMs, seconds, before && allRequestsSince(before.workers, status.workers));
  const requests = history.lastMinute(seenMs);
  const areCounted = areRequestsCounted(status) || status.workers.length === 0;
  find('#figures').hidden = false;
  showHead(status, nowAt);
  showVerdict(judge({ status, before, nowAt, requests }));
  showAreCounted(areCounted);
  if (areCounted) showRequests(history, seenMs, requests, inFlight(status));
  showTotals(status, before, seconds);
  showSlots(rowsOf(status, before, seconds), status.handoff, areCounted);
  showHandoffs(latencyOf(status.workers));
  showListeners(status, before, seconds);
  showEvents(status.events);
}

/** Another version has another page; columns are made once. */
function isOther(before, now) {
  return (
    before.version !== now.version ||
    before.handoff !== now.handoff ||
    (now.workers.length > 0 &&
      before.workers.length > 0 &&
      areRequestsCounted(before) !== areRequestsCounted(now))
  );
}

/** Whether the primary answers; where it does not, that is all there is to be said. */
function showSilence() {
  const silentForMs = performance.now() - waitingSinceMs;
  const isSilent = failure !== undefined || silentForMs > silenceMs;
  document.body.classList.toggle('unreachable', isSilent);
  const connection = find('#connection');
  connection.className = `dot ${isSilent ? 'bad' : last ? 'good' : ''}`;
  show(connection, isSilent ? 'No answer' : last ? 'Live' : 'Asking the primary …');
  if (!isSilent) return;
  const lastSeen = last && formatClock(last.seenAt);
  const sinceMs = last && silentForMs;
  showVerdict(judgeSilence(sinceMs, failure ?? 'no answer', lastSeen));
}

async function fetchStatus() {
  const response = await fetch('status', { cache: 'no-store', signal: AbortSignal.timeout(patienceMs) });
  if (!response.ok) throw new Error(`it answers with status ${response.status}`);
  const status = await response.json();
  // By the primary's clock, since that of this machine may be another.
  const nowAt = Date.parse(response.headers.get('date') ?? '') || Date.now();
  return { status, nowAt, seenMs: performance.now() };
}

function explain({ name, message }) {
  if (name === 'TimeoutError') return `no answer for ${formatDuration(patienceMs)}`;
  return name === 'TypeError' ? 'no answer' : message;
}

async function ask() {
  if (isAsking || document.hidden) return;
  isAsking = true;
  let sample;
  try {
    sample = await fetchStatus();
    failure = undefined;
    waitingSinceMs = performance.now();
  } catch (error) {
    failure = explain(error);
  }
  isAsking = false;
  timer = setTimeout(() => void ask(), intervalMs);
  if (sample !== undefined) showStatus(sample);
  showSilence();
}

document.addEventListener('visibilitychange', () => {
  clearTimeout(timer);
  // While the page was hidden, it has not asked.
  if (failure === undefined) waitingSinceMs = performance.now();
  void ask();
});
setInterval(() => {
  if (!document.hidden) showSilence();
}, intervalMs);
new ResizeObserver(() => {
  if (last === undefined) return;
  drawHandoffs(latencyOf(last.status.workers));
  drawRequests(history, last.seenMs);
}).observe(find('#figures'));
void ask();
