import { Counter, Gauge, type Registry } from 'prom-client';
import { errnoName } from '../native.js';
import type { PrimaryStatus } from '../status.js';
import { DurationHistogram } from './duration-histogram.js';
import { OpenFiles } from './open-files.js';
import { RequestCollector } from './request-collector.js';
import { workerStates, type Snapshot } from './snapshot.js';
import { Utilization } from './utilization.js';

/** accept4(2)'s errors that are met in practice: their series are there from the start. */
const usualAcceptErrors = ['ECONNABORTED', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'];

/** Turns snapshots of a primary into the metrics of one registry. */
export class Collector {
  readonly #registry: Registry;
  readonly #accepted: Counter;
  readonly #acceptErrors: Counter;
  readonly #acceptPaused: Counter;
  readonly #dropped: Counter;
  readonly #channelErrors: Counter;
  readonly #handoffs: Counter;
  readonly #offersRevoked: Counter;
  readonly #recovered: Counter;
  readonly #unrecovered: Counter;
  readonly #handoffDuration: DurationHistogram;
  readonly #offersOpen: Gauge;
  readonly #workerState: Gauge;
  readonly #waiting: Gauge;
  readonly #queueLength: Gauge;
  readonly #workerAccepted: Counter;
  readonly #workerConnections: Gauge;
  readonly #workerRequests: Gauge;
  readonly #workerStalled: Counter;
  readonly #workerRestarts: Counter;
  readonly #restartIn: Gauge;
  readonly #giveback: Counter;
  readonly #rebalanced: Counter;
  readonly #cutOff: Counter;
  readonly #reloads: Counter;
  readonly #utilization: Gauge;
  readonly #residentMemory: Gauge;
  readonly #buildInfo: Gauge;
  readonly #gatherTimeouts: Counter;
  readonly #gatherErrors: Counter;
  readonly #appMetricsRefused: Counter;
  readonly #slots: Gauge;
  readonly #httpRequests: RequestCollector;
  readonly #utilizations = new Utilization();

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#accepted = this.#counter(
      'accepted_total',
      'Connections accepted, by the primary or a worker.',
      'listener',
    );
    this.#acceptErrors = this.#counter('accept_errors_total', 'Failed calls of accept4(2).', 'code');
    this.#acceptPaused = this.#counter(
      'accept_paused_seconds_total',
      'Time during which the primary accepted nothing for lack of file descriptors or memory.',
    );
    this.#dropped = this.#counter(
      'connections_dropped_total',
      'Accepted connections that the primary closed itself.',
      'reason',
    );
    this.#channelErrors = this.#counter(
      'channel_errors_total',
      'Invalid messages and data from workers, which the primary refused.',
    );
    this.#handoffs = this.#counter(
      'handoffs_total',
      'Sockets offered to workers, by result: claimed by the worker, or revoked.',
      'worker',
      'kind',
      'result',
    );
    this.#offersRevoked = this.#counter(
      'offers_revoked_total',
      'Connections offered to a worker that went to another worker instead, or were closed.',
      'worker',
      'reason',
    );
    this.#recovered = this.#counter(
      'connections_recovered_total',
      'Connections that a worker had claimed but not touched when it was killed; another worker got them.',
      'worker',
    );
    this.#unrecovered = this.#counter(
      'connections_unrecovered_total',
      'Connections that a worker had claimed and touched, without a request begun, when it was killed; they were closed.',
      'worker',
    );
    this.#handoffDuration = new DurationHistogram(
      'baton_handoff_duration_seconds',
      'Time from accept4(2) in the primary until the worker has the connection.',
    );
    registry.registerMetric(this.#handoffDuration.asMetric());
    this.#offersOpen = this.#gauge('offers_open', 'Connections on their way to a worker.', 'worker');
    this.#waiting = this.#gauge(
      'connections_waiting',
      'Accepted connections that wait in the primary for a worker with room.',
      'listener',
    );
    this.#queueLength = this.#gauge(
      'listener_queue_length',
      "Connections in the kernel's queue, not accepted yet; by worker if each has its own listening socket.",
      'listener',
      'worker',
    );
    this.#workerAccepted = this.#counter(
      'worker_accepted_total',
      'Connections that a worker accepted itself, from a listener that the primary handed to it.',
      'worker',
    );
    this.#workerState = this.#gauge(
      'worker_state',
      'How many workers of the slot are in this state; a slot has two workers while one replaces the other.',
      'worker',
      'state',
    );
    this.#workerConnections = this.#gauge('worker_connections', 'Open connections of a worker.', 'worker');
    this.#workerRequests = this.#gauge(
      'worker_requests_active',
      'HTTP requests that a worker is answering.',
      'worker',
    );
    this.#workerStalled = this.#counter(
      'worker_stalled_seconds_total',
      "Time during which a worker's event loop did not turn, beyond --stall-after.",
      'worker',
    );
    this.#workerRestarts = this.#counter(
      'worker_restarts_total',
      'Workers started to replace another one, by reason.',
      'worker',
      'reason',
    );
    this.#restartIn = this.#gauge(
      'worker_restart_wait_seconds',
      'Time until a crashed worker is started again; 0 if none is waiting.',
      'worker',
    );
    this.#giveback = this.#counter(
      'giveback_total',
      'Connections that a worker gave back, because it drained or had too many, by result: taken for another worker, or lost for lack of file descriptors.',
      'worker',
      'result',
    );
    this.#rebalanced = this.#counter(
      'rebalanced_total',
      'Of the connections given back, those of workers that had more than their share.',
      'worker',
    );
    this.#cutOff = this.#counter(
      'worker_connections_cut_off_total',
      'Connections that were still open at the end of --drain-timeout, and were closed.',
      'worker',
    );
    this.#reloads = this.#counter('reloads_total', 'Reloads that have ended, by result.', 'result');
    this.#utilization = this.#gauge(
      'worker_eventloop_utilization',
      "Share of the time since the last scrape in which a worker's event loop was busy; 0 to 1.",
      'worker',
    );
    this.#residentMemory = this.#gauge(
      'worker_resident_memory_bytes',
      "Resident memory of the slot's workers.",
      'worker',
    );
    this.#gatherTimeouts = this.#counter(
      'gather_timeouts_total',
      "Scrapes for which a worker did not send the app's own metrics in time.",
      'worker',
    );
    this.#gatherErrors = this.#counter(
      'gather_errors_total',
      "How often a worker could not read one of the app's own metrics: its collect() threw, or took too long.",
      'worker',
    );
    this.#appMetricsRefused = this.#counter(
      'app_metrics_refused_total',
      "The app's own metrics, series and values that workers reported and the primary left out.",
      'reason',
    );
    this.#buildInfo = this.#gauge(
      'build_info',
      'Always 1; its labels say what runs, and how.',
      'version',
      'node',
      'handoff',
      'policy',
    );
    this.#slots = this.#gauge('slots', 'How many workers should run.');
    this.#httpRequests = new RequestCollector(registry);
    new OpenFiles().register(registry);
  }

  /** Sets every metric to what the snapshot, and the status of the same moment, say. */
  update(snapshot: Snapshot, status: PrimaryStatus): void {
    this.#registry.resetMetrics();
    for (const { listener, accepted, waiting, queued } of snapshot.listeners) {
      this.#accepted.inc({ listener }, accepted);
      this.#waiting.set({ listener }, waiting);
      for (const { slot, length } of queued)
        this.#queueLength.set(slot === undefined ? { listener } : { listener, worker: slot }, length);
    }
    for (const code of usualAcceptErrors) this.#acceptErrors.inc({ code }, 0);
    for (const { errno, count } of snapshot.acceptErrors)
      this.#acceptErrors.inc({ code: errnoName(errno) }, count);
    this.#acceptPaused.inc(snapshot.acceptPausedNs / 1e9);
    for (const [reason, count] of Object.entries(snapshot.dropped))
      this.#dropped.inc({ reason: snakeCase(reason) }, count);
    this.#channelErrors.inc(snapshot.recordsRefused);
    for (const figures of snapshot.slots) {
      const { slot: worker, claimed, revoked, open, connections, requests, stalledNs } = figures;
      const reasons = Object.entries(revoked);
      const allRevoked = reasons.reduce((sum, [, count]) => sum + count, 0);
      this.#handoffs.inc({ worker, kind: 'connection', result: 'claimed' }, claimed - figures.reclaimed);
      this.#handoffs.inc({ worker, kind: 'connection', result: 'reclaimed' }, figures.reclaimed);
      this.#handoffs.inc({ worker, kind: 'connection', result: 'revoked' }, allRevoked);
      this.#handoffs.inc({ worker, kind: 'listener', result: 'claimed' }, figures.listenersClaimed);
      this.#handoffs.inc({ worker, kind: 'listener', result: 'revoked' }, figures.listenersRevoked);
      this.#workerAccepted.inc({ worker }, figures.ownAccepted);
      for (const [reason, count] of reasons)
        this.#offersRevoked.inc({ worker, reason: snakeCase(reason) }, count);
      this.#recovered.inc({ worker }, figures.recovered);
      this.#unrecovered.inc({ worker }, figures.unrecovered);
      this.#giveback.inc({ worker, result: 'taken' }, figures.givenBack);
      this.#giveback.inc({ worker, result: 'lost' }, figures.givenBackLost);
      this.#rebalanced.inc({ worker }, figures.rebalanced);
      this.#offersOpen.set({ worker }, open);
      this.#workerConnections.set({ worker }, connections);
      this.#workerRequests.set({ worker }, requests);
      this.#workerStalled.inc({ worker }, stalledNs / 1e9);
    }
    this.#handoffDuration.set([[{}, snapshot.latency]]);
    this.#httpRequests.update(snapshot.slots);
    for (const [worker, utilization] of this.#utilizations.next(status.workers))
      this.#utilization.set({ worker }, utilization);
    for (const { slot: worker, residentBytes } of status.workers)
      if (residentBytes !== undefined) this.#residentMemory.inc({ worker }, residentBytes);
    this.#slots.set(status.slots);
    const { version, node, handoff, policy } = status;
    this.#buildInfo.set({ version, node, handoff, policy }, 1);
    for (const { slot: worker } of snapshot.workers) {
      for (const state of workerStates) this.#workerState.set({ worker, state }, 0);
      this.#restartIn.set({ worker }, 0);
    }
    for (const { slot: worker, state, restartInMs } of snapshot.workers) {
      this.#workerState.inc({ worker, state });
      if (restartInMs !== undefined) this.#restartIn.set({ worker }, restartInMs / 1000);
    }
    for (const { slot: worker, restarts, cutOff, gatherTimeouts, gatherErrors } of snapshot.counts) {
      this.#gatherTimeouts.inc({ worker }, gatherTimeouts);
      this.#gatherErrors.inc({ worker }, gatherErrors);
      for (const [reason, count] of Object.entries(restarts))
        this.#workerRestarts.inc({ worker, reason: snakeCase(reason) }, count);
      this.#cutOff.inc({ worker }, cutOff);
    }
    for (const [reason, count] of Object.entries(snapshot.appMetricsRefused))
      this.#appMetricsRefused.inc({ reason }, count);
    for (const [result, count] of Object.entries(snapshot.reloads)) this.#reloads.inc({ result }, count);
  }

  #counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name: `baton_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name: `baton_${name}`, help, labelNames, registers: [this.#registry] });
  }
}

/** Label values are in Prometheus' style. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
