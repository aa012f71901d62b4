import type { Sample } from '#core/cli/sample.js';
import type { PrimaryStatus, WorkerStatus } from '#core/status.js';

/** The dispatcher's: 10 µs, doubling, up to 327.68 ms. */
const boundsNs = Array.from({ length: 16 }, (_, bucket) => 10_000 * 2 ** bucket);

/** A histogram with so many counts in each of these buckets. */
export function histogram(counts: Record<number, number>): WorkerStatus['latency'] {
  return { boundsNs, counts: Array.from({ length: 17 }, (_, bucket) => counts[bucket] ?? 0) };
}

/** Those of requests: 250 µs, doubling, up to 65.5 s. */
const requestBoundsNs = Array.from({ length: 19 }, (_, bucket) => 250_000 * 2 ** bucket);

/** So many requests of a slot that have ended well, each in this bucket, and others that have not. */
export function http(
  ended: Record<number, number>,
  { failed = 0, aborted = 0, lost = 0 } = {},
): NonNullable<WorkerStatus['http']> {
  const counts = Array.from({ length: 20 }, (_, bucket) => ended[bucket] ?? 0);
  const all = counts.reduce((total, count) => total + count, 0);
  return {
    responses: { '2xx': all - failed, '3xx': 0, '4xx': 0, '5xx': failed },
    upgraded: 0,
    rejected: 0,
    aborted,
    lost,
    duration: { boundsNs: requestBoundsNs, counts, sumNs: 0 },
  };
}

export function worker(slot: number, details: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    id: slot,
    slot,
    generation: 1,
    directory: '/srv/shop',
    pid: 1_000 + slot,
    state: 'ready',
    restarts: 0,
    ageMs: 3_600_000,
    residentBytes: 48 * 1_048_576,
    connections: 0,
    requests: 0,
    handoffs: 0,
    ownAccepted: 0,
    idleMs: 0,
    stalledForMs: 0,
    latency: histogram({}),
    ...details,
  };
}

/** One that needs the room that there is, with 6 digits in all that counts. */
export function bigWorker(slot: number, details: Partial<WorkerStatus> = {}): WorkerStatus {
  return worker(slot, {
    generation: 123_456,
    pid: 4_194_304,
    state: 'starting',
    restarts: 123_456,
    ageMs: 123 * 86_400_000,
    residentBytes: 1_023 * 1_048_576,
    connections: 123_456,
    requests: 123_456,
    handoffs: 123_456,
    latency: histogram({ 16: 123_456 }),
    http: http({ 19: 1_234_567 }, { failed: 123_456 }),
    ...details,
  });
}

export function primary(workers: WorkerStatus[], details: Partial<PrimaryStatus> = {}): PrimaryStatus {
  return {
    version: '0.1.0',
    node: 'v20.19.0',
    name: undefined,
    pid: 77,
    app: 'app.js',
    startedAt: 1_000_000,
    handoff: 'connections',
    policy: 'least-loaded',
    slots: workers.length,
    generation: 1,
    metricsUrl: undefined,
    listeners: [{ listener: '127.0.0.1:3000', accepted: 0, waiting: 0, queued: 0 }],
    workers,
    events: [],
    ...details,
  };
}

/** Taken so many milliseconds after the primary was started. */
export function sample(status: PrimaryStatus, upMs = 0): Sample {
  return { status, at: status.startedAt + upMs, monotonicMs: upMs };
}
