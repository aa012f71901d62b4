import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionHandle } from './connection-handle.js';
import { ownerOf } from './node-internals.js';

/** What a Node without `http.Server#keepAliveTimeoutBuffer` waits beyond what it tells the client. */
const defaultBufferMs = 1000;

/** How long before Node answers 408 to a connection that it takes for a fresh one, this is closed. */
const marginMs = 1000;

/**
 * Node takes a connection that another worker has given back for a fresh one, which has `headersTimeout` and `requestTimeout` for its
 * first request. Its client knows `keepAliveTimeout`: so that is how long it may wait for the next one, or until shortly before
 * Node would answer 408.
 */
export function limitIdleness(handle: ConnectionHandle): void {
  const socket = ownerOf(handle);
  const server = (socket?.server ?? {}) as Partial<Server> & { keepAliveTimeoutBuffer?: number };
  const { keepAliveTimeout = 0, keepAliveTimeoutBuffer = defaultBufferMs } = server;
  const { headersTimeout = 0, requestTimeout = 0 } = server;
  const limits = [
    ...(keepAliveTimeout > 0 ? [keepAliveTimeout + keepAliveTimeoutBuffer] : []),
    ...[headersTimeout, requestTimeout].filter((ms) => ms > 0).map((ms) => Math.max(ms - marginMs, ms / 2)),
  ];
  if (limits.length > 0) socket?.setTimeout(Math.min(...limits));
}

/** The next request has come: from here on the connection is as any other. */
export function endLimit(socket: Socket, handle: Partial<ConnectionHandle>): void {
  handle.keptAlive = false;
  const { server } = socket as { server?: Partial<Server> };
  socket.setTimeout(server?.timeout ?? 0);
}
