import http, { type ServerResponse } from 'node:http';
import https from 'node:https';
import { Duplex } from 'node:stream';
import type { ConnectionInternals } from './node-internals.js';
import type { RequestFigures } from './request-figures.js';

type Emit = (this: object, event: string | symbol, ...args: unknown[]) => boolean;

const watched = new WeakSet<object>();

/**
 * Counts connections that the app takes over, and what Node answers by itself since it is no request: it publishes neither. So
 * servers are watched as they emit, by what their class inherits, since a listener of ours would change what Node does.
 */
export function watchServers(figures: RequestFigures): void {
  watchClass(http.Server.prototype, figures);
  watchClass(https.Server.prototype, figures);
}

/** Of a server whose class Node does not export. */
export function watchClassOf(server: object, figures: RequestFigures): void {
  watchClass(Object.getPrototypeOf(server) as object, figures);
}

/** Connections that were taken over; a server may pass one on to another. */
const taken = new WeakSet<object>();

function watchClass(prototype: object, figures: RequestFigures): void {
  if (watched.has(prototype)) return;
  watched.add(prototype);
  const own = Object.getOwnPropertyDescriptor(prototype, 'emit')?.value as Emit | undefined;
  // Looked up each time: `node:domain`, for one, puts its own in its place when it is loaded.
  const inherited = Object.getPrototypeOf(prototype) as { emit: Emit };
  const emit: Emit = function emit(event, ...args) {
    const isHeard = (own ?? inherited.emit).call(this, event, ...args);
    if (event === 'clientError' && !isHeard && willBeAnswered(args[1] as ConnectionInternals | undefined))
      figures.reject();
    if ((event === 'upgrade' || event === 'connect') && isHeard && isTaken(args[1])) figures.upgrade();
    return isHeard;
  };
  Object.defineProperty(prototype, 'emit', { value: emit, writable: true, configurable: true });
}

/** True once for each socket. What a `connect` of HTTP/2 has in its place is a response. */
function isTaken(socket: unknown): boolean {
  if (!(socket instanceof Duplex) || taken.has(socket)) return false;
  taken.add(socket);
  return true;
}

/**
 * As Node decides it, once nobody has heard of a `clientError`. While a body is read, it is the request of that body that ends; and a
 * handshake of TLS that fails gets no answer.
 */
function willBeAnswered(socket: ConnectionInternals | undefined): boolean {
  if (!socket?.writable || !socket.parser) return false;
  const { _httpMessage: response } = socket;
  if (!response) return true;
  const { _headerSent: isHeadSent, req: request } = response as ServerResponse & { _headerSent?: boolean };
  return !isHeadSent && request.complete;
}
