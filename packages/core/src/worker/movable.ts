import { isAuthenticating, isBoundToConnection } from './connection-authentication.js';
import { isUntouched } from './idle-connections.js';
import type { ConnectionHandle } from './connection-handle.js';
import {
  plainHandle,
  readsHttp1,
  type ConnectionInternals,
  type ServerInternals,
  type SocketHandle,
} from './node-internals.js';
import type { PrimaryLink } from './primary-link.js';
import { sharedWorker } from './shared-worker.js';

/** Why a connection is to move: its worker ends, or goes on and has more than its share. */
export type MoveReason = 'drain' | 'rebalance';

/** What is given to the primary when a connection moves. */
export interface Movable {
  handle: SocketHandle;
  listener: number;
}

/**
 * A connection with which another worker can go on; undefined of one that has a state in this process, as with TLS or HTTP/2.
 * `servers` are those that may give connections back, with their listeners.
 */
export function movable(
  socket: ConnectionInternals,
  servers: ReadonlyMap<ServerInternals, number>,
  why: MoveReason,
): Movable | undefined {
  const { server } = socket;
  // The app may have led it from one server to another, which reads it, but is not the one that others would give it to.
  const listener = server && server === socket._server ? servers.get(server) : undefined;
  const handle: (SocketHandle & Partial<ConnectionHandle>) | undefined = plainHandle(socket);
  if (!server || handle === undefined || listener === undefined) return undefined;
  // The server may have been closed, and listen elsewhere by now.
  if (handle.listener !== undefined && handle.listener !== listener) return undefined;
  return (why === 'drain' ? survivesDrain : survivesRebalance)(socket, server)
    ? { handle, listener }
    : undefined;
}

/** Gives an idle connection back, if it may move. True: it is to be closed here, and is the primary's. */
export function giveBack(
  link: Pick<PrimaryLink, 'servers' | 'giveBack'>,
  socket: ConnectionInternals,
  why: MoveReason,
): boolean {
  const found = movable(socket, link.servers, why);
  return found !== undefined && link.giveBack(found.listener, found.handle, socket.bytesRead > 0);
}

/**
 * What an app reads by a `connection` listener in place of Node's, such as a line of the PROXY protocol, comes once, before the first
 * request: the next worker would not find it. Where nothing has come yet, it is still to come.
 */
function survivesDrain(socket: ConnectionInternals, server: ServerInternals): boolean {
  return (readsHttp1(server) && !isAuthenticating(socket)) || isUntouched(socket);
}

/**
 * While the worker goes on, no client is to be asked again who it is, and the app keeps what it wants to keep. A server with an `emit`
 * of its own may read something before Node does.
 */
function survivesRebalance(socket: ConnectionInternals, server: ServerInternals): boolean {
  const isNodes = readsHttp1(server) && !Object.hasOwn(server, 'emit');
  return isNodes && !isBoundToConnection(socket) && !sharedWorker().keeps(socket);
}
