import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionHandle } from './connection-handle.js';
import { openConnections, ownerOf, type ServerInternals } from './node-internals.js';

/** What a Node without `http.Server#keepAliveTimeoutBuffer` waits beyond what it tells the client. */
const defaultBufferMs = 1000;

/**
 * Node takes a connection that another worker has given back for a fresh one, whose first request must come within
 * `server.headersTimeout`, or is answered with 408. Its client knows `keepAliveTimeout`: so that is how long it may wait for the
 * next one.
 */
export function limitIdleness(handle: ConnectionHandle): void {
  const socket = ownerOf(handle);
  const server = socket?.server as Partial<Server> & { keepAliveTimeoutBuffer?: number };
  const { keepAliveTimeout = 0, keepAliveTimeoutBuffer = defaultBufferMs } = server ?? {};
  socket?.parser?.remove?.();
  if (keepAliveTimeout > 0) socket?.setTimeout(keepAliveTimeout + keepAliveTimeoutBuffer);
}

/** The next request has come: from here on the connection is as any other. */
export function endLimit(socket: Socket, handle: Partial<ConnectionHandle>): void {
  handle.keptAlive = false;
  const { server } = socket as { server?: Partial<Server> };
  socket.setTimeout(server?.timeout ?? 0);
}

/** A server that closes ends those that wait for a next request. Node does so with those of which it knows that they do. */
export function closeKeptAlive(server: ServerInternals): void {
  for (const socket of openConnections()) {
    const { keptAlive = false } = (socket._handle ?? {}) as Partial<ConnectionHandle>;
    if (keptAlive && socket.server === server && socket.bytesRead === 0) socket.destroy();
  }
}
