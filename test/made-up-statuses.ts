// Primaries that are made up, each in a state that the status page has to tell: a shop under load, for three hours.
import type { HttpFigures, PrimaryStatus, StatusEvent, WorkerStatus } from '@baton/core';

/** Of a worker of a reload: how long until it takes the place of the one before. */
interface Probation {
  probationLeftMs?: number;
}

type MadeUpWorker = WorkerStatus & Probation;

/** What the state makes of a primary that is well. `seconds`: since the page was opened. `now`: Unix time in milliseconds. */
type Change = (status: PrimaryStatus & { workers: MadeUpWorker[] }, seconds: number, now: number) => void;

export const stateNames = [
  'well',
  'one crashed',
  'crash loop',
  'stalled',
  'draining',
  'probation',
  'primary gone',
  'no worker at all',
] as const;
export type StateName = (typeof stateNames)[number];

/** As the dispatcher has them: of handoffs from 10 µs, of requests from 0.25 ms. */
const handoffBoundsNs = Array.from({ length: 16 }, (_, bucket) => 10_000 * 2 ** bucket);
const requestBoundsNs = Array.from({ length: 19 }, (_, bucket) => 250_000 * 2 ** bucket);

/** So many of all, by bucket from the `first` on. */
function spread(count: number, buckets: number, first: number, parts: readonly number[]): number[] {
  return Array.from({ length: buckets }, (_, bucket) => Math.floor(count * (parts[bucket - first] ?? 0)));
}

/** A day's waves, with a peak of errors 2 minutes before the end of the 5 that a plot shows. */
function requestsUntil(seconds: number, slot: number): HttpFigures {
  let all = 2_000_000;
  let failures = 400;
  let slow = 0;
  for (let second = 0; second < seconds; second += 1) {
    const rate = 260 + 45 * Math.sin(second / 37 + slot) + 18 * Math.sin(second / 5.3 + 2 * slot);
    const isPeak = second % 300 > 170 && second % 300 < 192;
    all += rate;
    failures += isPeak ? rate * 0.02 : rate * 0.0004;
    slow += isPeak ? rate * 0.06 : 0;
  }
  const [requests, failed] = [Math.floor(all), Math.floor(failures)];
  const parts = [0.01, 0.08, 0.31, 0.34, 0.18, 0.06, 0.012, 0.006, 0.001];
  const counts = spread(requests, 20, 1, parts);
  counts[10] = (counts[10] ?? 0) + Math.floor(slow);
  return {
    responses: {
      '2xx': Math.floor(requests * 0.96),
      '3xx': Math.floor(requests * 0.02),
      '4xx': Math.floor(requests * 0.02),
      '5xx': failed,
    },
    upgraded: 0,
    rejected: 0,
    aborted: Math.floor(requests * 0.0001),
    lost: 0,
    duration: { boundsNs: requestBoundsNs, counts, sumNs: requests * 4e6 },
  };
}

function worker(slot: number, seconds: number): MadeUpWorker {
  const handoffs = 190_000 + Math.floor(seconds * (21 + 3 * slot));
  return {
    id: slot + 1,
    slot,
    generation: 3,
    directory: '/srv/shop/releases/2026-11-27',
    pid: 4_711 + 3 * slot,
    state: 'ready',
    restarts: 0,
    ageMs: 9_240_000 + seconds * 1_000,
    residentBytes: (104 + 9 * slot) * 1_048_576,
    connections: 41 + 4 * slot + Math.round(3 * Math.sin(seconds / 7 + slot)),
    requests: 1 + ((slot + Math.floor(seconds)) % 3),
    handoffs,
    ownAccepted: 0,
    idleMs: 6_000_000 + seconds * (690 - 120 * slot),
    stalledForMs: 0,
    latency: {
      boundsNs: handoffBoundsNs,
      counts: spread(handoffs, 17, 1, [0.06, 0.31, 0.36, 0.14, 0.07, 0.03, 0.015, 0.01, 0.004, 0.001]),
    },
    http: requestsUntil(seconds, slot),
  };
}

/** From when on the state is so: a page that was opened before has seen that all was well. */
export const changedAfterSeconds = 292;

/** What no more happens in a worker that does nothing. */
function stoppedAt(slot: number): Partial<MadeUpWorker> {
  const { http, handoffs, latency, idleMs } = worker(slot, changedAfterSeconds);
  return { ...(http && { http }), handoffs, latency, idleMs };
}

const startedAt = Date.now() - 3 * 3_600_000;
const reloadedAt = startedAt + 1_560_000;

/** So many seconds after the page was opened. */
function wellFor(seconds: number): PrimaryStatus & { workers: MadeUpWorker[] } {
  return {
    version: '0.1.0',
    node: 'v24.11.1',
    name: 'shop',
    pid: 4_242,
    app: '/srv/shop/current/server.js',
    startedAt,
    handoff: 'connections',
    policy: 'least-loaded',
    slots: 3,
    generation: 3,
    reload: { state: 'done', generation: 3, startedAt: reloadedAt - 9_400, endedAt: reloadedAt },
    metricsUrl: 'http://127.0.0.1:22866/metrics',
    listeners: [
      { listener: '127.0.0.1:3000', accepted: 612_400 + 72 * Math.floor(seconds), waiting: 0, queued: 0 },
    ],
    workers: [0, 1, 2].map((slot) => worker(slot, seconds)),
    events: [
      { at: reloadedAt - 9_400, kind: 'reload-started', generation: 3, text: 'to generation 3' },
      { at: reloadedAt, kind: 'reload-done', generation: 3, text: 'to generation 3, in 9.4 s' },
    ],
  };
}

const thrown = "TypeError: Cannot read properties of undefined (reading 'price')";

function crashOf(slot: number, pid: number, at: number): StatusEvent {
  return { at, kind: 'crash', slot, generation: 3, text: `pid ${pid} ended with exit code 1: ${thrown}` };
}

function restartOf(slot: number, pid: number, at: number): StatusEvent {
  return { at, kind: 'restart', slot, generation: 3, text: `pid ${pid} was started` };
}

/** What a crash leaves of a worker until the next is started. */
function ended(slot: number, restarts: number, restartInMs: number): Partial<MadeUpWorker> {
  const left = { connections: 0, requests: 0, residentBytes: undefined };
  return { ...stoppedAt(slot), ...left, state: 'crashed', restarts, restartInMs, ageMs: 640 };
}

function change(workers: MadeUpWorker[], slot: number, details: Partial<MadeUpWorker>): void {
  const one = workers.find((worker) => worker.slot === slot);
  if (one) Object.assign(one, details);
}

/** The second worker of slot 1, while one of the two takes the other's place. */
function reload(
  status: PrimaryStatus & { workers: MadeUpWorker[] },
  seconds: number,
  now: number,
): MadeUpWorker {
  const startedAt = now - 6_000;
  status.generation = 4;
  status.reload = { state: 'running', generation: 4, startedAt };
  status.events.push(
    { at: startedAt, kind: 'reload-started', generation: 4, text: 'to generation 4' },
    {
      at: now - 3_000,
      kind: 'replaced',
      slot: 0,
      generation: 4,
      text: 'pid 5117 took over from pid 4711',
    },
  );
  const release = '/srv/shop/releases/2026-11-28';
  change(status.workers, 0, { id: 11, generation: 4, pid: 5_117, ageMs: 6_000, directory: release });
  const next = { ...worker(1, seconds), id: 12, generation: 4, pid: 5_124, ageMs: 2_000, directory: release };
  status.workers.splice(2, 0, next);
  return next;
}

const changes: Record<StateName, Change> = {
  well: () => {},
  'one crashed': ({ workers, events }, _, now) => {
    change(workers, 1, ended(1, 0, 100));
    events.push(crashOf(1, 4_714, now - 400));
  },
  'crash loop': ({ workers, events }, _, now) => {
    change(workers, 1, ended(1, 7, 12_400));
    for (const [index, ago] of [52, 51.9, 51.6, 51, 49.8, 47.2, 42, 31.4].entries()) {
      const at = now - ago * 1_000;
      if (index > 0) events.push(restartOf(1, 6_000 + 11 * index, at - 450));
      events.push(crashOf(1, index === 0 ? 4_714 : 6_000 + 11 * index, at));
    }
  },
  stalled: ({ workers }) =>
    change(workers, 2, { ...stoppedAt(2), stalledForMs: 6_300, requests: 14, connections: 62 }),
  draining: (status, seconds, now) => {
    const next = reload(status, seconds, now);
    Object.assign(next, { connections: 31, ageMs: 5_000 });
    change(status.workers, 1, { state: 'draining', connections: 12, requests: 3 });
    status.events.push({
      at: now - 1_000,
      kind: 'replaced',
      slot: 1,
      generation: 4,
      text: 'pid 5124 took over from pid 4714',
    });
  },
  probation: (status, seconds, now) => {
    Object.assign(reload(status, seconds, now), { probationLeftMs: 3_700, connections: 0, requests: 0 });
  },
  'primary gone': () => {},
  'no worker at all': ({ workers, events, listeners }, seconds, now) => {
    if (listeners[0]) listeners[0].waiting = 72 * Math.floor(seconds - changedAfterSeconds);
    for (const slot of [0, 1, 2]) {
      change(workers, slot, ended(slot, 5, 3_200 + 900 * slot));
      for (let index = 0; index < 6; index += 1) {
        const at = now - 40_000 + 6_000 * index + 700 * slot;
        if (index > 0) events.push(restartOf(slot, 7_000 + 10 * index + slot, at - 400));
        events.push(crashOf(slot, 7_000 + 10 * index + slot, at));
      }
    }
    events.sort((a, b) => a.at - b.at);
  },
};

/** The status of a primary in that state, so many seconds after the page was opened. */
export function madeUpStatus(name: StateName, seconds: number, now = Date.now()): PrimaryStatus {
  const status = wellFor(seconds);
  if (seconds >= changedAfterSeconds) changes[name](status, seconds, now);
  return status;
}
