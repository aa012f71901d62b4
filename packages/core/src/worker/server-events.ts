import http from 'node:http';
import https from 'node:https';
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

function watchClass(prototype: object, figures: RequestFigures): void {
  if (watched.has(prototype)) return;
  watched.add(prototype);
  const own = Object.getOwnPropertyDescriptor(prototype, 'emit')?.value as Emit | undefined;
  // Looked up each time: `node:domain`, for one, puts its own in its place when it is loaded.
  const inherited = Object.getPrototypeOf(prototype) as { emit: Emit };
  const emit: Emit = function emit(event, ...args) {
    const isHeard = (own ?? inherited.emit).call(this, event, ...args);
    if (event === 'clientError' && !isHeard && willBeAnswered(args[1] as ConnectionInternals))
      figures.reject();
    if ((event === 'upgrade' || event === 'connect') && isHeard) figures.upgrade();
    return isHeard;
  };
  Object.defineProperty(prototype, 'emit', { value: emit, writable: true, configurable: true });
}

/** As Node decides it, once nobody has heard of a `clientError`. */
function willBeAnswered({ writable, _httpMessage: response }: ConnectionInternals): boolean {
  return writable && !(response as { _headerSent?: boolean } | null | undefined)?._headerSent;
}
