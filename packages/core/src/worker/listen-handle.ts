import type { ListenerGrant } from '../channel/messages.js';
import type { Claim } from '../native.js';
import { ConnectionAcceptor } from './connection-acceptor.js';
import type { ConnectionHandleClass } from './connection-handle.js';
import type { ServerInternals, SocketHandle } from './node-internals.js';

/** A server's listening handle, as the link to the primary knows it. */
export interface WorkerListener {
  readonly listener: number;
  readonly server: ServerInternals;
  /** Hands a connection that came from the primary to the server. Takes the fd. */
  accept(fd: number, claim: Claim, keptAlive: boolean): void;
  /** The worker gets connections from now on. Whether this one accepts them by itself, which it did not before. */
  startAccepting(): boolean;
  /** Accepts nothing more by itself, if it ever did; the server is not told. */
  stopAccepting(): void;
  /** Keeps the process alive no longer. */
  unref(): void;
}

/** What a listen handle needs of the link to the primary. */
export interface ListenHandleOwner {
  /** The handle keeps the process alive, or no longer does. */
  retain(): void;
  release(): void;
  /** The handle is closed: no connection of its listener is wanted any more. */
  closed(handle: WorkerListener): void;
}

/**
 * Connection handoff: the listening handle of a `net.Server` in a worker, in place of libuv's. Node calls the same
 * functions on it, and gets its connections from the primary.
 */
export class ListenHandle implements WorkerListener {
  readonly listener: number;
  readonly server: ServerInternals;
  /** Set by net.Server. */
  onconnection: ((status: number, client: SocketHandle) => void) | undefined;
  /** For `server.address()`; Node takes a handle without it for that of a path. */
  readonly getsockname: ((out: object) => number) | undefined;

  readonly #owner: ListenHandleOwner;
  readonly #acceptor: ConnectionAcceptor;
  #open = true;
  #referenced = false;

  constructor(
    grant: ListenerGrant,
    server: ServerInternals,
    owner: ListenHandleOwner,
    connectionClass: ConnectionHandleClass,
  ) {
    this.listener = grant.listener;
    this.server = server;
    this.#owner = owner;
    this.#acceptor = new ConnectionAcceptor(this, connectionClass);
    const { address } = grant;
    this.getsockname = address && ((out) => (Object.assign(out, address), 0));
    this.ref();
  }

  /** The primary's socket listens already, with the backlog of the first worker that asked. */
  listen(): number {
    return 0;
  }

  accept(fd: number, claim: Claim, keptAlive: boolean): void {
    this.#acceptor.accept(fd, claim, keptAlive);
  }

  startAccepting(): boolean {
    return false;
  }

  stopAccepting(): void {}

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
    return this.#acceptor.asyncId();
  }
}
