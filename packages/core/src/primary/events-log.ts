import type { EventEmitter } from 'node:events';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ReloadStatus, StatusEvent } from '../status.js';
import type { PrimaryEvents } from './primary-events.js';
import { describeExit } from './worker-handle.js';
import type { WorkerDetail } from './worker-pool.js';

const mostEvents = 50;

/** Of a text: what an app throws has no limit. */
const mostCharacters = 1_000;

/** What has happened to a primary's workers, as far as it is worth telling; the last of it. */
export class EventsLog {
  readonly #events: StatusEvent[] = [];
  /** How often the worker of each slot was started again, as told so far. */
  readonly #restarts = new Map<number, number>();

  /** Not its warnings: they are Node's where nobody hears them. */
  constructor(primary: EventEmitter<PrimaryEvents>) {
    primary.on('worker', (worker, detail) => this.#onWorker(worker, detail));
    primary.on('slow', ({ slot, generation, pid }) =>
      this.#add({ kind: 'slow', slot, generation, text: `pid ${pid} is not ready yet` }),
    );
    primary.on('reload', (status) => this.#onReload(status));
    primary.on('recycle', (worker, reason, error) => this.#onRecycle(worker, reason, error));
  }

  /** The oldest first. */
  all(): StatusEvent[] {
    return [...this.#events];
  }

  #onWorker({ slot, generation, pid, state, restarts }: WorkerInfo, detail: WorkerDetail): void {
    if (state === 'crashed')
      return this.#add({ kind: 'crash', slot, generation, text: describeCrash(pid, detail) });
    if (state !== 'starting' || restarts <= (this.#restarts.get(slot) ?? 0)) return;
    this.#restarts.set(slot, restarts);
    this.#add({ kind: 'restart', slot, generation, text: `pid ${pid} was started` });
  }

  #onReload({ state, generation, startedAt, endedAt = startedAt, message }: ReloadStatus): void {
    const to = `to generation ${generation}`;
    const seconds = ((endedAt - startedAt) / 1_000).toFixed(1);
    switch (state) {
      case 'running':
        return this.#add({ kind: 'reload-started', generation, text: to });
      case 'done':
        return this.#add({ kind: 'reload-done', generation, text: `${to}, in ${seconds} s` });
      case 'failed':
        return this.#add({ kind: 'reload-failed', generation, text: message ?? to });
    }
  }

  #onRecycle({ slot, generation, pid }: WorkerInfo, reason: RestartReason, error: Error | undefined): void {
    const why = `pid ${pid} ${describeReason(reason)}`;
    this.#add(
      error
        ? { kind: 'recycle-failed', slot, generation, text: `${why}, and stays: ${error.message}` }
        : { kind: 'recycled', slot, generation, text: `${why}, and was replaced` },
    );
  }

  #add(event: Omit<StatusEvent, 'at'>): void {
    const { text } = event;
    const cut = text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1)}…`;
    this.#events.push({ at: Date.now(), ...event, text: cut });
    if (this.#events.length > mostEvents) this.#events.shift();
  }
}

/** Why a worker is recycled, for people. */
export function describeReason(reason: RestartReason): string {
  return reason === 'maxAge' ? 'is too old' : 'has grown too large';
}

function describeCrash(pid: number | undefined, { exit, error, failure }: WorkerDetail): string {
  if (error) return `could not be started: ${error.message}`;
  const how = `pid ${pid} ended ${exit ? describeExit(exit) : ''}`.trimEnd();
  // The stack is in the log.
  const [what = ''] = failure?.split('\n', 1) ?? [];
  return what === '' ? how : `${how}: ${what}`;
}
