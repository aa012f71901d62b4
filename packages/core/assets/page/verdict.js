// Whether all is well, and if not, what is wrong: `{ level, text, said, details }`. `level` is `good`, `news` (something goes on that is meant
// to), `warn` or `bad`; `said` is the text without figures that change each second, to be read aloud.

import { lastCrashes, pastCrashes } from './crashes.js';
import { alarmShare, serves } from './figures.js';
import {
  counted,
  formatCount,
  formatDuration,
  formatSecondsLeft,
  formatShare,
  nameSlots,
  withUnits,
} from './format.js';
import { total } from './durations.js';

const recentMs = 120_000;
/** So many crashes of a slot in the time that is recent are no accident. */
const loopCrashes = 3;
/** A worker that crashes again and again is started after a pause; one that has crashed once, at once. */
const loopPauseMs = 1_000;
const slowStartMs = 10_000;
/** Of the requests of the last minute: fewer failures are no alarm, whatever part of all they are. */
const alarmFailures = 10;

const mostDetails = 3;

const severity = ['bad', 'warn', 'news', 'good'];

/** `requests`: those of the last minute. */
export function judge({ status, before, nowAt, requests }) {
  const slots = Array.from({ length: status.slots }, (_, slot) => stateOf(status, slot, nowAt));
  const serving = slots.filter(({ kind }) => kind === 'serves' || kind === 'unsteady').length;
  const findings = [
    ...ofSlots(slots),
    ...ofReload(status, nowAt),
    ...ofLeaving(status),
    ...ofClients(status, before, requests, serving),
  ].toSorted((a, b) => severity.indexOf(a.level) - severity.indexOf(b.level));
  const level = findings[0]?.level ?? 'good';
  const lead = leadOf(serving, slots, level);
  // What goes on as it is meant to is no news while something is wrong.
  const told = findings.filter((finding) => finding.level === level || finding.level !== 'news');
  const join = (texts) => [lead, ...texts].join('; ');
  const details = told.flatMap(({ details = [] }) => details);
  return {
    level,
    text: join(told.map(({ text }) => text)),
    said: join(told.map(({ said, text }) => said ?? text)),
    details: details.length > 0 || level !== 'good' ? bounded(details) : pastCrashes(status, nowAt),
  };
}

/** Where all slots have the same trouble, some of them tell enough. */
function bounded(details) {
  const more = details.length - mostDetails;
  return more <= 0 ? details : [...details.slice(0, mostDetails), `And ${formatCount(more)} more.`];
}

function leadOf(serving, slots, level) {
  const all = slots.length;
  const workers = `${all === 1 ? 'worker' : 'workers'} ${serving === 1 ? 'serves' : 'serve'}`;
  if (slots.length > 0 && slots.every(({ kind }) => kind === 'ends'))
    return 'The service is stopping: no worker serves any more';
  if (serving === 0) return level === 'news' ? 'No worker serves yet' : 'No worker serves';
  const count = `${serving}\u00a0of\u00a0${all} ${workers}`;
  if (serving === all && (level === 'good' || level === 'news')) return `All is well: ${count}`;
  return count;
}

// ---- Slots

/** What is so of a slot, by the worker that is nearest to serving. */
function stateOf(status, slot, nowAt) {
  const workers = status.workers.filter((worker) => worker.slot === slot);
  const crashes = status.events.filter(
    (event) => event.kind === 'crash' && event.slot === slot && nowAt - event.at < recentMs,
  );
  const about = (kind, worker) => ({ kind, slot, worker, crashes });
  const server = workers.find(serves);
  if (server?.stalledForMs > 0) return about('stalled', server);
  if (server) return about(crashes.length >= loopCrashes ? 'unsteady' : 'serves', server);
  const crashed = workers.find(({ state }) => state === 'crashed');
  const starting = workers.find(({ state }) => state === 'starting' || state === 'ready');
  if (crashes.length >= loopCrashes || crashed?.restartInMs > loopPauseMs) return about('loops', crashed);
  if (crashed || (starting && crashes.length > 0)) return about('crashed', crashed);
  if (starting) return about(starting.ageMs > slowStartMs ? 'slow' : 'starts', starting);
  const ending = workers.find(({ state }) => state === 'draining');
  return about(ending ? 'ends' : 'empty', ending);
}

/** A sentence for all slots of which the same is so. */
function ofSlots(slots) {
  return Object.entries(tellers).flatMap(([kind, tell]) => {
    const alike = slots.filter((slot) => slot.kind === kind);
    return alike.length === 0 ? [] : [tell(alike, nameSlots(alike.map(({ slot }) => slot)))];
  });
}

const isOne = (slots) => slots.length === 1;

const tellers = {
  loops: (slots, name) => ({
    level: 'bad',
    text: `${name} ${isOne(slots) ? 'crashes' : 'crash'} again and again, ${nextTry(slots)}`,
    said: `${name} ${isOne(slots) ? 'crashes' : 'crash'} again and again`,
    details: lastCrashes(slots),
  }),
  crashed: (slots, name) => ({
    level: 'bad',
    text: `${name} crashed, ${nextTry(slots)}`,
    said: `${name} crashed`,
    details: lastCrashes(slots),
  }),
  empty: (slots, name) => ({ level: 'bad', text: `${name} ${isOne(slots) ? 'has' : 'have'} no worker` }),
  stalled: (slots, name) => ({
    level: 'bad',
    text: `${name} ${isOne(slots) ? 'is' : 'are'} stalled, for ${formatDuration(longest(slots, 'stalledForMs'))}`,
    said: `${name} ${isOne(slots) ? 'is' : 'are'} stalled`,
    details: [
      `The event loop of a stalled worker is blocked: its clients wait. New connections go to other workers.`,
    ],
  }),
  slow: (slots, name) => ({
    level: 'bad',
    text: `${name} ${isOne(slots) ? 'is' : 'are'} not ready, after ${formatDuration(longest(slots, 'ageMs'))}`,
    said: `${name} ${isOne(slots) ? 'is' : 'are'} not ready`,
  }),
  unsteady: (slots, name) => ({
    level: 'warn',
    text: `${name} crashed ${total(slots.map(({ crashes }) => crashes.length))} times within 2\u00a0min, and ${isOne(slots) ? 'runs' : 'run'} again`,
    said: `${name} crashed several times, and ${isOne(slots) ? 'runs' : 'run'} again`,
    details: lastCrashes(slots),
  }),
  starts: (slots, name) => ({ level: 'news', text: `${name} ${isOne(slots) ? 'is' : 'are'} starting` }),
  ends: (slots, name) => ({ level: 'news', text: `${name} ${isOne(slots) ? 'is' : 'are'} stopping` }),
};

const longest = (slots, figure) => Math.max(...slots.map(({ worker }) => worker[figure]));

function nextTry(slots) {
  const pauses = slots.map(({ worker }) => worker?.restartInMs).filter((pause) => pause !== undefined);
  return pauses.length === 0 ? 'and starts again' : `next try in ${formatDuration(Math.min(...pauses))}`;
}

// ---- What changes

function ofReload({ reload, workers, slots }, nowAt) {
  if (reload?.state === 'failed') {
    const ago = formatDuration(nowAt - (reload.endedAt ?? nowAt));
    return [
      {
        level: 'warn',
        text: `the last reload failed, ${ago} ago`,
        said: 'the last reload failed',
        details: reload.message === undefined ? [] : [withUnits(reload.message)],
      },
    ];
  }
  if (reload?.state !== 'running') return [];
  const replaced = workers.filter(
    (worker) => serves(worker) && worker.generation === reload.generation,
  ).length;
  const text = `reload to generation\u00a0${formatCount(reload.generation)}, ${replaced}\u00a0of\u00a0${slots} replaced`;
  return [{ level: 'news', text, said: `reload to generation\u00a0${formatCount(reload.generation)}` }];
}

/** Those that take a place, and those whose place was taken. */
function ofLeaving({ workers, slots }) {
  const trials = workers.filter(({ probationLeftMs }) => probationLeftMs !== undefined);
  const served = new Set(workers.filter(serves).map(({ slot }) => slot));
  const leaving = workers.filter(
    ({ state, slot }) => state === 'draining' && (served.has(slot) || slot >= slots),
  );
  return [
    ...trials.map(({ slot, probationLeftMs }) => ({
      level: 'news',
      text: `slot\u00a0${slot}’s new worker is on probation, ${formatSecondsLeft(probationLeftMs)}`,
      said: `slot\u00a0${slot}’s new worker is on probation`,
    })),
    ...(leaving.length === 0
      ? []
      : [
          {
            level: 'news',
            text: `${counted(leaving.length, 'worker')} ${isOne(leaving) ? 'is' : 'are'} draining, with ${counted(total(leaving.map(({ connections }) => connections)), 'connection')} left`,
            said: `${counted(leaving.length, 'worker')} ${isOne(leaving) ? 'is' : 'are'} draining`,
          },
        ]),
  ];
}

// ---- What clients see

function ofClients(status, before, requests, serving) {
  const waiting = ({ listeners }) => total(listeners.map(({ waiting }) => waiting));
  const findings = [];
  // At both looks: one that has just come is on its way.
  if (before && waiting(before) > 0 && waiting(status) > 0) {
    const waits = waiting(status) === 1 ? 'waits' : 'wait';
    const why = serving === 0 ? '' : ', because no worker has room';
    findings.push({
      level: 'warn',
      text: `${counted(waiting(status), 'connection')} ${waits}${why}`,
      said: `connections wait${why}`,
    });
  }
  const { ended = 0, failures = 0 } = requests ?? {};
  if (failures >= alarmFailures && failures / ended >= alarmShare)
    findings.push({
      level: 'warn',
      text: `${formatShare(failures / ended)} of the requests of the last minute failed`,
      said: 'requests fail',
    });
  return findings;
}

// ---- No answer

/** `sinceMs`: since the last answer; undefined: there was none yet. */
export function judgeSilence(sinceMs, why, lastSeen) {
  const said = 'The primary does not answer';
  const tries = `${why[0].toUpperCase()}${why.slice(1)}; trying again.`;
  if (sinceMs === undefined)
    return { level: 'bad', text: 'The primary has not answered yet', said, details: [tries] };
  return {
    level: 'bad',
    text: `The primary has not answered for ${formatDuration(sinceMs)}`,
    said,
    details: [`${tries} Everything below is from ${lastSeen}.`],
  };
}
