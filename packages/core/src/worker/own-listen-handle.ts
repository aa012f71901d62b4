import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { ListenerGrant } from '../channel/messages.js';
import { loadNative, type Claim } from '../native.js';
import { ConnectionAcceptor } from './connection-acceptor.js';
import type { HandleClasses } from './connection-handle.js';
import type { WorkerListener } from './listen-handle.js';
import { serverHandleType, type ServerInternals } from './node-internals.js';

/** What such a handle needs of the link to the primary. */
export interface OwnListenHandleOwner {
  /** The handle listens: what it accepts is to be counted under `counter`. */
  own(fd: number, counter: number, server: ServerInternals): void;
  /** The handle is about to be closed: no connection of its listener is wanted any more. */
  closed(handle: WorkerListener, counter: number): void;
}

/**
 * Listener handoff: Node's own listening handle, on the socket that the primary has handed over. It accepts as in a process
 * without workers; besides, it takes what the primary hands over that others could not accept. Takes the fd. A negative
 * errno if the socket is not what was granted.
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
    readonly #acceptor = new ConnectionAcceptor(this, classes.connection);
    #open = true;

    override listen(backlog: number): number {
      const error = super.listen(backlog);
      if (error === 0) owner.own(this.fd, counter, server);
      return error;
    }

    accept(connection: number, claim: Claim): void {
      this.#acceptor.accept(connection, claim);
    }

    override close(callback?: () => void): void {
      if (this.#open) owner.closed(this, counter);
      this.#open = false;
      super.close(callback);
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
