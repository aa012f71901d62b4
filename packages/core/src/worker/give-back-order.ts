import { channel } from 'node:diagnostics_channel';
import { IdleConnections } from './idle-connections.js';
import { giveBack } from './movable.js';
import type { ConnectionInternals } from './node-internals.js';
import type { PrimaryLink } from './primary-link.js';

/** For so long an order waits for busy connections to become idle. */
const patienceMs = 200;

/** So many connections at a time: then requests have their turn. */
const mostAtOnce = 16;

/** How long after a look at the connections there is another: Node goes through all of them for it. */
const intervalMs = 10;

/** An order is over when so many idle connections have been looked at that may not move. */
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
  #lookedAt = 0;
  #patience: NodeJS.Timeout | undefined;
  readonly #onFinish = (): void => {
    if (performance.now() - this.#lookedAt >= intervalMs) this.#takeSoon();
  };
  #isOver = false;

  constructor(link: PrimaryLink, connections: number, listeners: readonly number[]) {
    this.#link = link;
    this.#left = connections;
    this.#idle = new IdleConnections(link.serversOf(listeners), (socket) => {
      const isGiven = giveBack(link, socket, 'rebalance');
      if (!isGiven) this.#refused += 1;
      return isGiven;
    });
  }

  /** Carries it out, now and in the next moments, and tells the primary when it is over. */
  begin(): void {
    this.#take();
    if (this.#isOver) return;
    this.#untouched = this.#idle.untouched();
    this.#patience = setTimeout(() => this.#endWithUntouched(), patienceMs).unref();
    responseFinished.subscribe(this.#onFinish);
  }

  /** Ends it, perhaps with fewer given back than was asked for. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#patience);
    clearImmediate(this.#next);
    responseFinished.unsubscribe(this.#onFinish);
    this.#link.endOrder();
  }

  #take(): void {
    this.#next = undefined;
    this.#lookedAt = performance.now();
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
