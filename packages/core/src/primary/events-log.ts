import type { EventEmitter } from 'node:events';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import { printable } from '../printable.js';
import type { EventsReport, ReloadStatus, StatusEvent } from '../status.js';
import { BoundedEvents } from './bounded-events.js';
import { describeCutOff } from './cut-off.js';
import { describeRequest } from './describe-request.js';
import type { PrimaryEvents } from './primary-events.js';
import { RestartWatch } from './restart-watch.js';
import { describeEnd, hasEndedAsTold } from './worker-end.js';
import type { WorkerDetail } from './worker-pool.js';

/** Of the events that the status has. */
const mostInStatus = 50;

/** Of a text: what an app throws has no limit. */
const mostCharacters = 1_000;

/** What has happened to a primary's workers, as far as it is worth telling, and as far as there is room. */
export class EventsLog {
  readonly #events = new BoundedEvents();
  readonly #restarts = new RestartWatch();

  /** Not its warnings: they are Node's where nobody hears them. */
  constructor(primary: EventEmitter<PrimaryEvents>) {
    primary.on('worker', (worker, detail) => this.#onWorker(worker, detail));
    primary.on('slow', ({ slot, generation, pid }) =>
      this.#add({ kind: 'slow', slot, generation, text: `${who(pid)} is not ready yet` }),
    );
    primary.on('replaced', (worker, before, reason) => this.#onReplaced(worker, before, reason));
    primary.on('cutOff', ({ slot, generation, pid }, cut) =>
      this.#add({
        kind: 'cut-off',
        slot,
        generation,
        text: `${who(pid)} closed ${describeCutOff(cut)} at the end of --drain-timeout`,
      }),
    );
    primary.on('command', (request) => {
      if (request.command === 'stop') this.#add({ kind: 'stop', text: describeRequest(request) });
    });
    primary.on('reload', (status) => this.#onReload(status));
    primary.on('recycle', (worker, reason, error) => this.#onRecycle(worker, reason, error));
  }

  /** For the status: the last of them, the oldest first. */
  last(): StatusEvent[] {
    return this.#events.all().slice(-mostInStatus);
  }

  /** All that are kept. */
  report(): EventsReport {
    return { events: this.#events.all(), dropped: this.#events.dropped };
  }

  #onWorker(worker: WorkerInfo, detail: WorkerDetail): void {
    const { slot, generation, pid, state } = worker;
    if (state === 'crashed')
      return this.#add({ kind: 'crash', slot, generation, text: describeCrash(pid, detail) });
    const { exit } = detail;
    if (state === 'stopped' && exit && !hasEndedAsTold(exit))
      return this.#add({ kind: 'bad-exit', slot, generation, text: describeCrash(pid, detail) });
    if (this.#restarts.isRestart(worker, detail))
      this.#add({ kind: 'restart', slot, generation, text: `${who(pid)} was started` });
  }

  /** A recycle is told by itself. */
  #onReplaced({ slot, generation, pid }: WorkerInfo, before: WorkerInfo, reason: RestartReason): void {
    if (reason !== 'reload') return;
    const text = `${who(pid)} took over from ${who(before.pid)}`;
    this.#add({ kind: 'replaced', slot, generation, text });
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
    const why = `${who(pid)} ${describeReason(reason)}`;
    this.#add(
      error
        ? { kind: 'recycle-failed', slot, generation, text: `${why}, and keeps running: ${error.message}` }
        : { kind: 'recycled', slot, generation, text: `${why}, and was replaced` },
    );
  }

  #add(event: Omit<StatusEvent, 'at'>): void {
    const text = printable(event.text);
    const cut = text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters - 1)}…`;
    this.#events.add({ at: Date.now(), ...event, text: cut });
  }
}

/** Why a worker is recycled, for people. */
export function describeReason(reason: RestartReason): string {
  if (reason === 'signal') return 'got a signal to end';
  return reason === 'maxAge' ? 'is older than --max-age' : 'uses more than --max-memory';
}

function describeCrash(pid: number | undefined, { exit, deadline, error, failure }: WorkerDetail): string {
  if (error) return `could not be started: ${error.message}`;
  const how = `${who(pid)} ended ${exit ? describeEnd(exit, deadline) : ''}`.trimEnd();
  // The stack is in the log.
  const [what = ''] = failure?.split('\n', 1) ?? [];
  return what === '' ? how : `${how}: ${what}`;
}

/** The slot is told beside the text. */
function who(pid: number | undefined): string {
  return pid === undefined ? 'a worker that could not be started' : `pid ${pid}`;
}
