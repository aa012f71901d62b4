// What was done between two answers of the primary. What is a slot's is told with each of its workers.

import { countedSince, sumOf, total } from './durations.js';

/** Of each slot, one of its workers. */
export const onePerSlot = (workers) => [...new Map(workers.map((worker) => [worker.slot, worker])).values()];

export function rate(before, now, seconds) {
  return before === undefined || now < before || !(seconds > 0) ? undefined : (now - before) / seconds;
}

/** Of these, the ones that went wrong. That one was aborted may be its end as ever: who reads a stream of events leaves it at some time. */
const failed = ({ responses, lost }) => responses['5xx'] + lost;

/** From this part of all requests on, failures are an alarm. */
export const alarmShare = 0.05;

const answered = ({ responses }) => total(Object.values(responses));

/** How many requests have come to an end since, and how; undefined, where they are not counted, or not since. */
export function requestsSince(before, now) {
  if (before === undefined || now === undefined) return undefined;
  const failures = failed(now) - failed(before);
  const ended = answered(now) + now.aborted + now.lost - answered(before) - before.aborted - before.lost;
  if (ended < 0 || failures < 0) return undefined;
  return { ended, failures, duration: countedSince(before.duration, now.duration) };
}

/** Of all slots that are there both times: a slot that goes, or comes, takes no count away from the others. */
export function allRequestsSince(before, now) {
  const past = new Map(before.map(({ slot, http }) => [slot, http]));
  const slots = onePerSlot(now)
    .map(({ slot, http }) => requestsSince(past.get(slot), http))
    .filter((requests) => requests !== undefined);
  if (slots.length === 0) return undefined;
  return {
    ended: total(slots.map(({ ended }) => ended)),
    failures: total(slots.map(({ failures }) => failures)),
    duration: sumOf(slots.map(({ duration }) => duration)),
  };
}

export const areRequestsCounted = ({ workers }) => workers.some(({ http }) => http !== undefined);

/** Of handoffs, of all slots. */
export const latencyOf = (workers) => sumOf(onePerSlot(workers).map(({ latency }) => latency));

/** Since when, and for how long: of the same primary, so that none of its counts has begun anew. */
export function sinceLast(last, { status, seenMs }) {
  const isSame = last?.status.pid === status.pid && last.status.startedAt === status.startedAt;
  return isSame
    ? { before: last.status, seconds: (seenMs - last.seenMs) / 1_000 }
    : { before: undefined, seconds: undefined };
}

const taken = ({ handoffs, ownAccepted }) => handoffs + ownAccepted;

function utilization(before, now) {
  const lived = before === undefined ? 0 : now.ageMs - before.ageMs;
  if (lived <= 0 || now.state === 'stopped' || now.state === 'crashed') return undefined;
  return Math.min(1, Math.max(0, 1 - (now.idleMs - before.idleMs) / lived));
}

export const isOnProbation = ({ probationLeftMs }) => probationLeftMs !== undefined;
export const serves = (worker) => worker.state === 'ready' && !isOnProbation(worker);

const byService = ['ready', 'draining', 'starting', 'crashed', 'stopped'];
const orderOf = (worker) => byService.indexOf(isOnProbation(worker) ? 'starting' : worker.state);

/** A row for each worker, by slot; in a slot, the nearest to serving is first, and has what is the slot's. */
export function rowsOf(now, before, seconds) {
  const workers = now.workers.toSorted(
    (a, b) => a.slot - b.slot || orderOf(a) - orderOf(b) || b.generation - a.generation,
  );
  const past = before?.workers ?? [];
  return workers.map((worker, index) => {
    const ofSlot = past.find(({ slot }) => slot === worker.slot);
    const itself = past.find(({ id }) => id === worker.id);
    const requests = requestsSince(ofSlot?.http, worker.http);
    return {
      worker,
      isFirst: workers[index - 1]?.slot !== worker.slot,
      takenPerSecond: rate(ofSlot && taken(ofSlot), taken(worker), seconds),
      latency: countedSince(ofSlot?.latency, worker.latency),
      requestsPerSecond: requests && rate(0, requests.ended, seconds),
      errorsPerSecond: requests && rate(0, requests.failures, seconds),
      duration: requests?.duration ?? { boundsNs: [], counts: [] },
      loop: utilization(itself, worker),
    };
  });
}
