import { AsyncResource } from 'node:async_hooks';
import { closeSync } from 'node:fs';
import type { ListenerGrant } from '../channel/messages.js';
import type { Claim } from '../native.js';
import type { ConnectionHandleClass } from './connection-handle.js';
import { socketHandleType, type ServerInternals } from './node-internals.js';

/** What a listen handle needs of the link to the primary. */
export interface ListenHandleOwner {
  /** The handle keeps the process alive, or no longer does. */
  retain(): void;
  release(): void;
  /** The handle is closed: no connection of its listener is wanted any more. */
  closed(handle: ListenHandle): void;
}

/**
 * The listening handle of a `net.Server` in a worker, in place of libuv's: Node calls the same functions on it, and
 * gets its connections from the primary. As an AsyncResource it gives `connection` events the async context in which
 * the server began to listen, as Node's own handle does.
 */
export class ListenHandle extends AsyncResource {
  readonly listener: number;
  readonly server: ServerInternals;
  /** Set by net.Server. */
  onconnection: ((status: number, client: object) => void) | undefined;
  /** For `server.address()`; Node takes a handle without it for that of a path. */
  readonly getsockname: ((out: object) => number) | undefined;

  readonly #owner: ListenHandleOwner;
  readonly #connectionClass: ConnectionHandleClass;
  #open = true;
  #referenced = false;

  constructor(
    grant: ListenerGrant,
    server: ServerInternals,
    owner: ListenHandleOwner,
    connectionClass: ConnectionHandleClass,
  ) {
    super('BATONLISTENER');
    this.listener = grant.listener;
    this.server = server;
    this.#owner = owner;
    this.#connectionClass = connectionClass;
    const { address } = grant;
    this.getsockname = address && ((out) => (Object.assign(out, address), 0));
    this.ref();
  }

  /** The primary's socket listens already, with the backlog of the first worker that asked. */
  listen(): number {
    return 0;
  }

  /** Hands a connection to the server, as libuv does. Takes the fd. */
  accept(fd: number, claim: Claim): void {
    const connection = new this.#connectionClass(socketHandleType);
    connection.claim = claim;
    const error = connection.open(fd);
    if (error !== 0) {
      closeSync(fd);
      connection.close();
      return;
    }
    this.runInAsyncScope(() => this.onconnection?.(0, connection));
  }

  close(callback?: () => void): void {
    if (this.#open) {
      this.#open = false;
      this.unref();
      this.#owner.closed(this);
    }
    if (callback) process.nextTick(callback);
  }

  ref(): void {
    if (this.#referenced || !this.#open) return;
    this.#referenced = true;
    this.#owner.retain();
  }

  unref(): void {
    if (!this.#referenced) return;
    this.#referenced = false;
    this.#owner.release();
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  getAsyncId(): number {
    return this.asyncId();
  }
}
