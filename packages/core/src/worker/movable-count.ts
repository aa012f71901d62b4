import { movable } from './movable.js';
import { httpConnections, type ConnectionInternals } from './node-internals.js';
import type { PrimaryLink } from './primary-link.js';

/** A connection that is still open after so long stays: clients that come and go are not worth a move. */
const stayMs = 200;

/**
 * The primary's question how many connections of some listeners could move while the worker goes on, now or when they are idle: those
 * that are there when it comes, and a moment later still.
 */
export class MovableCount {
  readonly #link: PrimaryLink;
  readonly #listeners: readonly number[];
  #found: readonly ConnectionInternals[] = [];
  #moment: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(link: PrimaryLink, listeners: readonly number[]) {
    this.#link = link;
    this.#listeners = listeners;
  }

  begin(): void {
    this.#found = this.#link.serversOf(this.#listeners).flatMap((server) => httpConnections(server));
    this.#moment = setTimeout(() => this.end(), stayMs).unref();
  }

  /** Answers, perhaps sooner than the moment is over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#moment);
    this.#link.endOrder(this.#found.filter((socket) => this.#couldMove(socket)).length);
    this.#found = [];
  }

  #couldMove(socket: ConnectionInternals): boolean {
    return (
      !socket.destroyed &&
      !isStreaming(socket) &&
      movable(socket, this.#link.servers, 'rebalance') !== undefined
    );
  }
}

/** A response that has begun and not ended may last for long, as that of server-sent events. */
function isStreaming({ _httpMessage: response }: ConnectionInternals): boolean {
  return response != null && response.headersSent && !response.writableEnded;
}
