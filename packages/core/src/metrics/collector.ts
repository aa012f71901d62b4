import { Counter, Gauge, type Registry } from 'prom-client';
import { errnoName } from '../native.js';
import { DurationHistogram } from './duration-histogram.js';
import { workerStates, type Snapshot } from './snapshot.js';

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
  readonly #handoffDuration: DurationHistogram;
  readonly #offersOpen: Gauge;
  readonly #workerState: Gauge;
  readonly #workerConnections: Gauge;
  readonly #workerRestarts: Counter;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#accepted = this.#counter('accepted_total', 'Connections accepted by the primary.', 'listener');
    this.#acceptErrors = this.#counter('accept_errors_total', 'Failed calls of accept4(2).', 'code');
    this.#acceptPaused = this.#counter(
      'accept_paused_seconds_total',
      'Time during which the primary accepted nothing for lack of file descriptors or memory.',
    );
    this.#dropped = this.#counter(
      'connections_dropped_total',
      'Connections closed by the primary, because their listener was closed while they waited for a worker.',
    );
    this.#channelErrors = this.#counter(
      'channel_errors_total',
      'Records from workers that the primary refused.',
    );
    this.#handoffs = this.#counter(
      'handoffs_total',
      'Sockets handed to workers, by what came of it: claimed by the worker, given back by it, or lost on the way.',
      'worker',
      'kind',
      'result',
    );
    this.#handoffDuration = new DurationHistogram(
      'baton_handoff_duration_seconds',
      'Time from accept4(2) in the primary until the worker has the connection.',
    );
    registry.registerMetric(this.#handoffDuration.asMetric());
    this.#offersOpen = this.#gauge('offers_open', 'Connections on their way to a worker.', 'worker');
    this.#workerState = this.#gauge(
      'worker_state',
      '1 for the state that the worker is in.',
      'worker',
      'state',
    );
    this.#workerConnections = this.#gauge('worker_connections', 'Open connections of a worker.', 'worker');
    this.#workerRestarts = this.#counter(
      'worker_restarts_total',
      'Workers started again.',
      'worker',
      'reason',
    );
  }

  /** Sets every metric to what the snapshot says. */
  update(snapshot: Snapshot): void {
    this.#registry.resetMetrics();
    for (const { listener, accepted } of snapshot.listeners) this.#accepted.inc({ listener }, accepted);
    for (const code of usualAcceptErrors) this.#acceptErrors.inc({ code }, 0);
    for (const { errno, count } of snapshot.acceptErrors)
      this.#acceptErrors.inc({ code: errnoName(errno) }, count);
    this.#acceptPaused.inc(snapshot.acceptPausedNs / 1e9);
    this.#dropped.inc(snapshot.dropped);
    this.#channelErrors.inc(snapshot.recordsRefused);
    for (const { slot: worker, claimed, givenBack, lost, open, connections } of snapshot.slots) {
      this.#handoffs.inc({ worker, kind: 'connection', result: 'claimed' }, claimed);
      this.#handoffs.inc({ worker, kind: 'connection', result: 'given_back' }, givenBack);
      this.#handoffs.inc({ worker, kind: 'connection', result: 'lost' }, lost);
      this.#offersOpen.set({ worker }, open);
      this.#workerConnections.set({ worker }, connections);
    }
    this.#handoffDuration.set(snapshot.latency);
    for (const { slot: worker, state, restarts } of snapshot.workers) {
      for (const known of workerStates)
        this.#workerState.set({ worker, state: known }, known === state ? 1 : 0);
      this.#workerRestarts.inc({ worker, reason: 'crash' }, restarts);
    }
  }

  #counter(name: string, help: string, ...labelNames: string[]): Counter {
    return new Counter({ name: `baton_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, ...labelNames: string[]): Gauge {
    return new Gauge({ name: `baton_${name}`, help, labelNames, registers: [this.#registry] });
  }
}
