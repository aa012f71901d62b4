import { channel } from 'node:diagnostics_channel';
import { IdleConnections } from './idle-connections.js';
import { giveBack } from './movable.js';
import type { ConnectionInternals } from './node-internals.js';
import type { PrimaryLink } from './primary-link.js';

/** For so long an order waits for busy connections to become idle. */
const patienceMs = 200;

/** So many connections at a time: then requests have their turn. */
const mostAtOnce = 16;

/** An order is over when so many idle connections have been looked at that may not move: to look at all again and again would cost. */
const mostRefused = 256;

const responseFinished = channel('http.server.response.finish');

/**
 * The primary's order to give some idle connections back, while the worker goes on, since others have fewer: those that wait for a
 * next request, those that an answer makes idle soon, and at last those on which nothing has come all the while.
 */
export class GiveBackOrder {
  readonly #link: PrimaryLink;
  readonly #idle: IdleConnections;
  #left: number;
  #refused = 0;
  #untouched: readonly ConnectionInternals[] = [];
  #next: NodeJS.Immediate | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #onFinish = (): void => this.#takeSoon();
  #isOver = false;

  /** Carries the order out. Begins at once, and tells the primary when it is over. */
  constructor(link: PrimaryLink, connections: number, listeners: readonly number[]) {
    this.#link = link;
    this.#left = connections;
    const servers = [...link.servers].flatMap(([server, listener]) =>
      listeners.includes(listener) ? [server] : [],
    );
    this.#idle = new IdleConnections(servers, (socket) => {
      const isGiven = giveBack(link, socket, 'rebalance');
      if (!isGiven) this.#refused += 1;
      return isGiven;
    });
    this.#timer = setTimeout(() => this.#endWithUntouched(), patienceMs).unref();
    responseFinished.subscribe(this.#onFinish);
    this.#take();
    if (!this.#isOver) this.#untouched = this.#idle.untouched();
  }

  /** Ends it, with fewer given back than was asked for. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#next);
    responseFinished.unsubscribe(this.#onFinish);
    this.#link.endOrder();
  }

  #take(): void {
    this.#next = undefined;
    const wanted = Math.min(this.#left, mostAtOnce);
    const taken = this.#idle.takeWaiting(wanted);
    this.#left -= taken;
    if (this.#left === 0 || this.#refused > mostRefused) this.end();
    else if (taken === wanted) this.#takeSoon();
  }

  /** A response is told of before it has left its connection. */
  #takeSoon(): void {
    this.#next ??= setImmediate(() => this.#take());
  }

  /** A request is likely to be on its way on a connection that has just come, but not on one that has been silent for long. */
  #endWithUntouched(): void {
    this.#idle.takeUntouched(this.#untouched, this.#left);
    this.end();
  }
}
