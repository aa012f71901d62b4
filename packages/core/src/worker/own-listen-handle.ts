import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { ListenerGrant } from '../channel/messages.js';
import { loadNative } from '../addon/load.js';
import type { Claim } from '../native.js';
import { ConnectionAcceptor } from './connection-acceptor.js';
import type { HandleClasses } from './connection-handle.js';
import type { WorkerListener } from './listen-handle.js';
import { serverHandleType, vacanciesOf, type ServerInternals, type SocketHandle } from './node-internals.js';

/** What such a handle needs of the link to the primary. */
export interface OwnListenHandleOwner {
  /** Whether what listens is to accept at once: not before the primary says so, nor in a drain. */
  readonly mayAccept: boolean;
  /** The handle listens: what it accepts is to be counted under `counter`. */
  own(fd: number, counter: number, server: ServerInternals): void;
  /** The handle is about to be closed. */
  disown(counter: number): void;
  /**
   * The server is full, and the handle accepts nothing more. `surplus` was accepted too many: it is to be closed here, and is the
   * primary's. False: it is not.
   */
  stopAccepting(listener: number, counter: number, surplus: SocketHandle | undefined): boolean;
  /** Keeps the process alive without the handle, or no longer does. */
  retain(): void;
  release(): void;
  /** The handle is closed: no connection of its listener is wanted any more. */
  closed(handle: WorkerListener): void;
}

/**
 * Listener handoff: Node's own listening handle, on the socket that the primary has handed over. It accepts as in a process
 * without workers; besides, it takes what the primary hands over that others could not accept. Takes the fd. A negative
 * errno if the socket is not what was granted.
 *
 * Once its server is at `maxConnections` it accepts no more, then and later: libuv cannot pause a listening handle. The primary
 * accepts in its place from then on, and knows who has room.
 */
export function openOwnListenHandle(
  classes: HandleClasses,
  fd: number,
  grant: ListenerGrant & { counter: number },
  server: ServerInternals,
  owner: OwnListenHandleOwner,
): (WorkerListener & { close(callback?: () => void): void }) | number {
  if (!isAsGranted(fd, grant)) {
    closeSync(fd);
    return -constants.errno.EPROTO;
  }
  const { listener, counter } = grant;

  class OwnListenHandle extends classes.listening implements WorkerListener {
    readonly listener = listener;
    readonly server = server;
    /** For `server.address()`, also when this does not listen any more; Node takes a handle without it for that of a path. */
    readonly getsockname = grant.address && ((out: object) => (Object.assign(out, grant.address), 0));
    readonly #acceptor = new ConnectionAcceptor(this, classes.connection);
    #state: 'waiting' | 'open' | 'stopped' | 'closed' = 'waiting';
    #backlog = 0;
    #retains = false;

    override listen(backlog: number): number {
      this.#backlog = backlog;
      this.#watchAccepted();
      if (owner.mayAccept) return this.#open();
      this.#retain();
      return 0;
    }

    startAccepting(): boolean {
      if (this.#state !== 'waiting') return false;
      const error = this.#open();
      this.#release();
      return error === 0;
    }

    accept(connection: number, claim: Claim, keptAlive: boolean): void {
      this.#acceptor.accept(connection, claim, keptAlive);
    }

    /** The primary may bind the address anew as soon as it hears, so the socket is closed first. */
    override close(callback?: () => void): void {
      const before = this.#state;
      this.#state = 'closed';
      if (before === 'open') owner.disown(counter);
      super.close(callback);
      this.#release();
      if (before !== 'closed') owner.closed(this);
    }

    /** The server goes on with the connections that it has, and with its hold on the process. */
    stopAccepting(): void {
      const before = this.#state;
      if (before === 'closed') return;
      this.#state = 'stopped';
      if (before !== 'open') return;
      owner.disown(counter);
      if (this.hasRef()) this.#retain();
      super.close();
    }

    override ref(): void {
      super.ref();
      if (this.#isHeldByOwner()) this.#retain();
    }

    override unref(): void {
      super.unref();
      this.#release();
    }

    /** `net.Server` has set its function, and closes what comes once it is full. */
    #watchAccepted(): void {
      const take = this.onconnection;
      this.onconnection = (status, client) => {
        const isOwn = status === 0 && !(client instanceof classes.connection);
        if (isOwn && vacanciesOf(server) === 0 && this.#leaveToPrimary(client)) return client.close();
        take?.call(this, status, client);
        if (this.#state === 'open' && vacanciesOf(server) === 0) this.#leaveToPrimary();
      };
    }

    #leaveToPrimary(surplus?: SocketHandle): boolean {
      this.stopAccepting();
      return owner.stopAccepting(listener, counter, surplus);
    }

    #isHeldByOwner(): boolean {
      return this.#state === 'waiting' || this.#state === 'stopped';
    }

    #open(): number {
      const error = super.listen(this.#backlog);
      if (error !== 0) return error;
      this.#state = 'open';
      owner.own(this.fd, counter, server);
      return 0;
    }

    /** libuv's handle keeps the process alive while it accepts; at other times this does. */
    #retain(): void {
      if (this.#retains) return;
      this.#retains = true;
      owner.retain();
    }

    #release(): void {
      if (this.#retains) owner.release();
      this.#retains = false;
    }
  }

  const handle = new OwnListenHandle(serverHandleType);
  const error = handle.open(fd);
  if (error === 0) return handle;
  closeSync(fd);
  return error;
}

/** Whether the socket listens, is a stream, and has the address of the grant. */
function isAsGranted(fd: number, { address }: ListenerGrant): boolean {
  const found = loadNative().inspectListener(fd);
  if (typeof found === 'number') return false;
  if (address === undefined) return found.family === 'unix';
  return found.family === address.family && found.address === address.address && found.port === address.port;
}
