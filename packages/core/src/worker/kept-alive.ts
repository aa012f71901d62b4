import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionHandle } from './connection-handle.js';
import { ownerOf } from './node-internals.js';

/** What a Node without `http.Server#keepAliveTimeoutBuffer` waits beyond what it tells the client. */
const defaultBufferMs = 1000;

/** Before this, Node answers 408 to a connection that it takes for a fresh one (`server.headersTimeout`). */
const marginMs = 1000;

/**
 * Node takes a connection that another worker has given back for a fresh one, which has a minute for its first request. Its
 * client knows `keepAliveTimeout`: so that is how long it may wait for the next one.
 */
export function limitIdleness(handle: ConnectionHandle): void {
  const socket = ownerOf(handle);
  const server = socket?.server as Partial<Server> & { keepAliveTimeoutBuffer?: number };
  const { keepAliveTimeout = 0, keepAliveTimeoutBuffer = defaultBufferMs, headersTimeout = 0 } = server ?? {};
  if (keepAliveTimeout <= 0) return;
  const limitMs = headersTimeout > marginMs ? headersTimeout - marginMs : Infinity;
  socket?.setTimeout(Math.min(keepAliveTimeout + keepAliveTimeoutBuffer, limitMs));
}

/** The next request has come: from here on the connection is as any other. */
export function endLimit(socket: Socket, handle: Partial<ConnectionHandle>): void {
  handle.keptAlive = false;
  const { server } = socket as { server?: Partial<Server> };
  socket.setTimeout(server?.timeout ?? 0);
}
