import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionHandle } from './connection-handle.js';
import { ownerOf, takeForIdle } from './node-internals.js';

/** What a Node without `http.Server#keepAliveTimeoutBuffer` waits beyond what it tells the client. */
const defaultBufferMs = 1000;

/**
 * A connection that another worker has given back is no fresh one: its client knows `keepAliveTimeout`, so that is how long it may
 * wait for the next request.
 */
export function limitIdleness(handle: ConnectionHandle): void {
  const socket = ownerOf(handle);
  if (socket === undefined) return; // the server wants no more connections
  takeForIdle(socket);
  const server = socket.server as Partial<Server> & { keepAliveTimeoutBuffer?: number };
  const { keepAliveTimeout = 0, keepAliveTimeoutBuffer = defaultBufferMs } = server;
  if (keepAliveTimeout > 0) socket.setTimeout(keepAliveTimeout + keepAliveTimeoutBuffer);
}

/** The next request has come: from here on the connection is as any other. */
export function endLimit(socket: Socket, handle: Partial<ConnectionHandle>): void {
  handle.keptAlive = false;
  const { server } = socket as { server?: Partial<Server> };
  socket.setTimeout(server?.timeout ?? 0);
}
