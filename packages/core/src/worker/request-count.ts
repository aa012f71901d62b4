import { channel } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';
import { noteAuthentication } from './connection-authentication.js';
import { underWay, type ConnectionHandle, type RequestCounter } from './connection-handle.js';
import { endLimit } from './kept-alive.js';
import type { ConnectionInternals, ResponseInternals } from './node-internals.js';
import type { PrimaryLink } from './primary-link.js';

/** What Node publishes when it has read the head of a request, and when it has written the response. */
interface RequestMessage {
  response: ResponseInternals;
  socket: ConnectionInternals;
}

export function requestsUnderWay(socket: ConnectionInternals): number {
  return counterOf(socket)[underWay] ?? 0;
}

/** The last of the responses that are awaited on the connection. */
export function lastResponse(socket: ConnectionInternals): ResponseInternals | undefined {
  return counterOf(socket).lastResponse;
}

/**
 * Tells the primary how many requests are being answered, by Node's diagnostics channels. It runs for each request, so it makes
 * no closures, adds no listeners, and does not call the addon.
 */
export function countRequests(link: PrimaryLink): void {
  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as RequestMessage;
    const counter = counterOf(socket);
    counter.lastResponse = response;
    const isFirst = !counter.hasBegun;
    if (isFirst) begin(link, socket, counter);
    counter[underWay] += 1;
    link.onRequest(isFirst ? counter.claim : undefined);
  });
  // A response that is never written ends with its connection.
  channel('http.server.response.finish').subscribe((message) => {
    const { response, socket } = message as RequestMessage;
    const counter = counterOf(socket);
    if (counter.lastResponse === response) counter.lastResponse = undefined;
    if (!counter[underWay]) return; // given up
    counter[underWay] -= 1;
    link.onResponses(1);
    noteAuthentication(response);
  });
  const onStream = streamCounter(link);
  channel('http2.server.stream.start').subscribe((message) =>
    onStream((message as { stream: ServerHttp2Stream }).stream),
  );
}

/** The handle, which has one shape in all connections: sockets have many. Without a handle, the socket itself. */
function counterOf(socket: ConnectionInternals): RequestCounter & Partial<ConnectionHandle> {
  return socket._handle ?? (socket as RequestCounter);
}

function begin(
  link: PrimaryLink,
  socket: ConnectionInternals,
  counter: RequestCounter & Partial<ConnectionHandle>,
): void {
  counter.hasBegun = true;
  if (counter.keptAlive) endLimit(socket, counter);
  if (counter[underWay] !== undefined) return;
  // No handle of ours, which would give up by itself: under TLS, or accepted here.
  counter[underWay] = 0;
  socket.on('close', () => {
    link.onResponses(counter[underWay] ?? 0);
    counter[underWay] = 0;
  });
}

const isCounted = Symbol('baton.isCounted');
type CountedStream = ServerHttp2Stream & { [isCounted]?: true };

/**
 * Counts a request of HTTP/2, once. Node publishes a channel for them from 24 on; before, the servers that listen tell of theirs.
 */
export function streamCounter(link: PrimaryLink): (stream: CountedStream) => void {
  const onClose = (): void => link.onResponses(1);
  return (stream) => {
    // One that is destroyed already may never say that it is closed.
    if (stream[isCounted] || stream.destroyed) return;
    stream[isCounted] = true;
    link.onRequest();
    stream.once('close', onClose);
  };
}
