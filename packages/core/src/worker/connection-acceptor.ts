import { AsyncResource } from 'node:async_hooks';
import { closeSync } from 'node:fs';
import type { Claim } from '../native.js';
import type { ConnectionHandleClass } from './connection-handle.js';
import { limitIdleness } from './kept-alive.js';
import { readsHttp1, socketHandleType, type ServerInternals, type SocketHandle } from './node-internals.js';

/** The parts of a listening handle that are used here. */
interface Listening {
  /** Set by net.Server, to be told of connections. */
  onconnection?: ((status: number, client: SocketHandle) => void) | undefined;
  readonly server: ServerInternals;
  readonly listener: number;
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
    connection.listener = this.#handle.listener;
    connection.keptAlive = keptAlive;
    const error = connection.open(fd);
    if (error !== 0) {
      closeSync(fd);
      connection.close();
      return;
    }
    // Another version of the app has answered on it, by HTTP/1. This one would take the next request for what it expects first.
    if (keptAlive && !readsHttp1(this.#handle.server)) return connection.close();
    this.runInAsyncScope(() => this.#handle.onconnection?.(0, connection));
    if (keptAlive) limitIdleness(connection);
  }
}
