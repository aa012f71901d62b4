import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { MetricsRegistry } from './metrics-registry.js';

/** What an app's worker tells it. */
export interface WorkerEvents {
  /**
   * The worker is to end, within so many milliseconds: it gets no new connections. Now is the time to say farewell to those that
   * last, e.g. to close WebSockets with 1012 (service restart).
   */
  draining: [timeoutMs: number];
}

/** An app's view of the worker in which it runs. */
export interface BatonWorker extends EventEmitter<WorkerEvents> {
  /** Whether Baton has started this process. If not, nothing here does anything. */
  readonly isWorker: boolean;
  /** The worker's stable place, from 0. */
  readonly slot: number;
  /** Counts reloads, from 1; 0 where Baton did not start this process. */
  readonly generation: number;
  /** Whether the worker is to end. */
  readonly draining: boolean;
  /** Where the primary's admin server answers, e.g. `http://127.0.0.1:22866`; undefined where there is none. */
  readonly adminUrl: string | undefined;
  /** Tells the primary that the app is ready. With `waitReady` it counts as ready only then. */
  ready(): void;
  /**
   * Lets the primary serve the metrics of a registry of `prom-client`, `@prometheus-io/client` or `@platformatic/prom-client` at `/metrics`,
   * summed over all workers. Call it once for each registry. Throws a TypeError if it is no registry.
   */
  exposeMetrics(registry: MetricsRegistry): void;
  /**
   * Calls `task` when the worker is to end and its last connection is gone, or was closed since `drainTimeoutMs` was over: no request comes
   * any more. At a reload the app hears SIGTERM after what `task` returns has settled, or after `stopTimeoutMs`. If it fails, that becomes a
   * warning of Node's. Returns a function that takes the task back. Throws a TypeError if `task` is no function.
   */
  whenDrained(task: () => unknown): () => void;
  /**
   * Keeps a connection, such as `request.socket`, in this worker: for an app that knows something of it which another worker cannot know.
   * Without this, an idle connection may move to another worker when this one has more than its share. When the worker is to end, the
   * connection moves all the same. Throws a TypeError if it is no socket.
   */
  keep(socket: Socket): void;
}

class SharedWorker extends EventEmitter<WorkerEvents> implements BatonWorker {
  isWorker = false;
  slot = 0;
  generation = 0;
  draining = false;
  adminUrl: string | undefined;
  readonly #kept = new WeakSet<Socket>();
  readonly #tasks = new Set<{ run: () => unknown }>();
  onReady: (() => void) | undefined;
  onMetrics: ((registry: MetricsRegistry) => void) | undefined;

  ready(): void {
    this.onReady?.();
  }

  exposeMetrics(registry: MetricsRegistry): void {
    if (typeof (registry as Partial<MetricsRegistry> | null)?.getMetricsAsJSON !== 'function')
      throw new TypeError('exposeMetrics() takes a registry of prom-client or a compatible client');
    this.onMetrics?.(registry);
  }

  whenDrained(task: () => unknown): () => void {
    if (typeof task !== 'function') throw new TypeError('whenDrained() takes a function');
    if (!this.isWorker) return () => {};
    const entry = { run: task };
    this.#tasks.add(entry);
    return () => void this.#tasks.delete(entry);
  }

  keep(socket: Socket): void {
    // Requests and responses lack it. Sockets all have it, also those without a network that tests use, which are no net.Socket.
    if (typeof socket !== 'object' || socket === null || !('remoteAddress' in socket))
      throw new TypeError('keep() takes the socket of a connection, such as request.socket');
    this.#kept.add(socket);
  }

  /** Whether the app wants to keep the connection. */
  keeps(socket: Socket): boolean {
    return this.#kept.has(socket);
  }

  /** No connection is left. Resolves when all tasks are done, or have failed; never rejects. */
  async runTasks(): Promise<void> {
    const tasks = [...this.#tasks];
    this.#tasks.clear(); // none runs twice
    const outcomes = await Promise.allSettled(tasks.map(async ({ run }) => run()));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        process.emitWarning(`A task of whenDrained() failed: ${inspect(outcome.reason)}`, 'BatonWarning');
    }
    // Warnings are written in the next tick, and the process may end at once.
    await nextTurn();
  }
}

/** The preload and the app may load different copies of this package. */
const key = Symbol.for('baton.worker');

/** The one of this process, made by whoever asks first. */
export function sharedWorker(): SharedWorker {
  const holder = globalThis as { [key]?: SharedWorker };
  return (holder[key] ??= new SharedWorker());
}
