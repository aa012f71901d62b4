import { parseWorkerMessage, type ListeningNotice, type WorkerMessage } from '../channel/messages.js';
import type { MessagePart, MessagesTaken } from '../channel/message-records.js';
import type { DispatcherEvent, NativeDispatcher } from '../native.js';
import { answerListen } from './answer-listen.js';
import type { AppMessages } from './app-messages.js';
import type { Gatherer } from './gatherer.js';
import type { ListenerTable } from './listener-table.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerSignals } from './worker-signals.js';
import type { WorkerHandle } from './worker-handle.js';

/** Whom what workers report concerns. */
interface Parts {
  readonly dispatcher: NativeDispatcher;
  readonly listeners: ListenerTable;
  readonly supervisor: Supervisor;
  readonly gatherer: Gatherer;
  readonly signals: WorkerSignals;
  readonly messages: AppMessages;
}

/** What workers report over their channels, and what comes of it. */
export class WorkerReports {
  readonly #parts: Parts;
  /** Messages that made no sense. */
  refused = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  take([kind, id, detail]: DispatcherEvent): void {
    const { supervisor } = this.#parts;
    const worker = supervisor.pool.connected(id);
    if (worker === undefined) return;
    if (kind === 'control') this.#onControl(worker, detail);
    else if (kind === 'left') this.#onLeft(worker, detail);
    else this.#onChannelClosed(worker);
  }

  #onControl(worker: WorkerHandle, payload: string): void {
    const message = parseWorkerMessage(payload);
    if (message === undefined) this.refused += 1;
    // To the end: what is told last may be why it ends.
    else if (message.type === 'messages' || message.type === 'messages-taken')
      this.#check(this.#parts.messages.onRecord(worker, message));
    else this.#onMessage(worker, message);
  }

  #onMessage(worker: WorkerHandle, message: Exclude<WorkerMessage, MessagePart | MessagesTaken>): void {
    const { dispatcher, listeners, supervisor, gatherer, signals } = this.#parts;
    switch (message.type) {
      case 'listen':
        // The service stops, and nothing new is to be served.
        if (listeners.isClosed || (supervisor.isStopping && !worker.wasReady)) return;
        return answerListen(dispatcher, listeners, worker, message);
      case 'listening':
        return this.#onListening(worker, message);
      case 'ready':
        if (worker.release.options.waitReady) supervisor.pool.onReady(worker);
        return;
      case 'alive':
        return worker.onAlive(message.probe);
      case 'signal':
        return signals.onSignal(worker, message);
      case 'stopping':
        return worker.onStopping(message.isHeard);
      case 'failed':
        return worker.onFailure(message.error);
      case 'cut-off':
        return supervisor.onCutOff(worker, { connections: message.connections, kinds: message.kinds });
      case 'metric-families':
      case 'metric-series':
      case 'metric-values':
      case 'metric-exemplars':
      case 'metrics-told':
        return this.#check(gatherer.onMessage(worker, message));
    }
  }

  #check(makesSense: boolean): void {
    if (!makesSense) this.refused += 1;
  }

  #onListening(worker: WorkerHandle, message: ListeningNotice): void {
    const { dispatcher, listeners, supervisor } = this.#parts;
    const listener = listeners.serve(message.listener, worker);
    if (listener === undefined) return;
    if (listener.counter !== undefined && message.accepts) dispatcher.hold(worker.id, listener.id);
    if (!worker.release.options.waitReady) supervisor.pool.onReady(worker);
    supervisor.pool.onListeners();
  }

  #onLeft(worker: WorkerHandle, listener: number): void {
    worker.leave(listener);
    // Of one that drains, the listeners stay as long as the process: its successor may ask for some of them late.
    // At a stop it has none.
    const { listeners, supervisor } = this.#parts;
    if (worker.state !== 'draining' || supervisor.isStopping) listeners.release(listener, worker);
    supervisor.pool.onListeners();
  }

  /** All that it has sent was read. */
  #onChannelClosed(worker: WorkerHandle): void {
    this.#parts.supervisor.pool.onChannelClosed(worker.id);
    this.#parts.gatherer.onGone(worker);
  }
}
