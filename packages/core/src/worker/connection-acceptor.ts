import { AsyncResource } from 'node:async_hooks';
import { closeSync } from 'node:fs';
import type { Claim } from '../native.js';
import type { ConnectionHandleClass } from './connection-handle.js';
import { limitIdleness } from './kept-alive.js';
import { socketHandleType } from './node-internals.js';

/** The part of a listening handle that net.Server sets, to be told of connections. */
interface Listening {
  onconnection?: ((status: number, client: object) => void) | undefined;
}

/**
 * Gives a server the connections that come from the primary, as libuv gives it those that it accepts. As an AsyncResource it
 * gives `connection` events the async context in which the server began to listen, as Node's own handle does.
 */
export class ConnectionAcceptor extends AsyncResource {
  readonly #handle: Listening;
  readonly #connectionClass: ConnectionHandleClass;

  constructor(handle: Listening, connectionClass: ConnectionHandleClass) {
    super('BATONLISTENER');
    this.#handle = handle;
    this.#connectionClass = connectionClass;
  }

  /** Takes the fd. */
  accept(fd: number, claim: Claim, keptAlive: boolean): void {
    const connection = new this.#connectionClass(socketHandleType);
    connection.claim = claim;
    connection.keptAlive = keptAlive;
    const error = connection.open(fd);
    if (error !== 0) {
      closeSync(fd);
      connection.close();
      return;
    }
    this.runInAsyncScope(() => this.#handle.onconnection?.(0, connection));
    if (keptAlive) limitIdleness(connection);
  }
}
