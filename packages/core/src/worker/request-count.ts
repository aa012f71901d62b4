import { channel } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
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

type Counter = RequestCounter & Partial<ConnectionHandle>;

export function requestsUnderWay(socket: ConnectionInternals): number {
  return counterOf(socket)[underWay] ?? 0;
}

/** The last of the responses that are awaited on the connection. */
export function lastResponse(socket: ConnectionInternals): ResponseInternals | undefined {
  return counterOf(socket).lastResponse;
}

/**
 * Tells the primary how many requests are being answered, and what becomes of them, by Node's diagnostics channels. It runs for each
 * request, so it makes no closures, adds no listeners, and does not call the addon.
 */
export function countRequests(link: PrimaryLink): void {
  const { figures } = link;
  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as RequestMessage;
    const counter = counterOf(socket);
    const isFirst = !counter.hasBegun;
    if (isFirst) begin(link, socket, counter);
    if (figures) noteBegin(counter, figures.begin());
    counter.lastResponse = response;
    counter[underWay] += 1;
    link.onRequest(isFirst ? counter.claim : undefined);
  });
  // A response that is never written ends with its connection.
  channel('http.server.response.finish').subscribe((message) => {
    const { response, socket } = message as RequestMessage;
    const counter = counterOf(socket);
    const begunAt = beginOf(counter, response);
    if (counter.lastResponse === response) counter.lastResponse = undefined;
    if (!counter[underWay]) return; // given up
    counter[underWay] -= 1;
    link.onResponses(1);
    figures?.answer(response.statusCode, begunAt);
    noteAuthentication(response);
  });
  const onStream = streamCounter(link);
  channel('http2.server.stream.start').subscribe((message) => {
    const { stream, headers } = message as { stream: ServerHttp2Stream; headers: IncomingHttpHeaders };
    onStream(stream, headers);
  });
}

/** The handle, which has one shape in all connections: sockets have many. Without a handle, the socket itself. */
function counterOf(socket: ConnectionInternals): Counter {
  return socket._handle ?? (socket as RequestCounter);
}

/** Most often there is one request at a time on a connection, and nothing to be kept of those before. */
function noteBegin(counter: Counter, now: number): void {
  const { lastResponse, lastBegunAt } = counter;
  if (lastResponse !== undefined) {
    counter.earlier ??= new Map();
    counter.earlier.set(lastResponse, lastBegunAt ?? now);
  }
  counter.lastBegunAt = now;
}

function beginOf(counter: Counter, response: ResponseInternals): number {
  if (counter.lastResponse === response) return counter.lastBegunAt ?? 0;
  const begunAt = counter.earlier?.get(response) ?? 0;
  counter.earlier?.delete(response);
  return begunAt;
}

function begin(link: PrimaryLink, socket: ConnectionInternals, counter: Counter): void {
  counter.hasBegun = true;
  if (counter.keptAlive) endLimit(socket, counter);
  if (counter[underWay] !== undefined) return;
  // No handle of ours, which would give up by itself: under TLS, or accepted here.
  counter[underWay] = 0;
  socket.on('close', () => {
    link.onGivenUp(counter[underWay] ?? 0);
    counter[underWay] = 0;
  });
}

const begunAtOf = Symbol('baton.begunAt');
type CountedStream = ServerHttp2Stream & { [begunAtOf]?: number };

/** In the place of a time: the request has ended, or is none. */
const hasEnded = -1;

/**
 * Counts a request of HTTP/2, once. Node publishes a channel for them from 24 on; before, the servers that listen tell of theirs.
 */
export function streamCounter(
  link: PrimaryLink,
): (stream: CountedStream, headers: IncomingHttpHeaders) => void {
  const { figures } = link;
  const end = (stream: CountedStream): void => {
    const status = Number(stream.sentHeaders?.[':status']);
    const { [begunAtOf]: begunAt = hasEnded } = stream;
    if (begunAt === hasEnded || Number.isNaN(status) || stream.aborted || stream.rstCode !== 0) return;
    figures?.answer(status, begunAt);
    stream[begunAtOf] = hasEnded;
  };
  // Node ends the writing side also of what was reset, and where a file is to be sent before that begins.
  const onFinish = function (this: CountedStream & { _final?: unknown }): void {
    if (this._final !== null) end(this);
  };
  const onClose = function (this: CountedStream): void {
    link.onResponses(1);
    if (this.writableFinished) end(this);
    if (this[begunAtOf] !== hasEnded) figures?.abort(1);
  };
  // What is taken over is no request; what is refused is one.
  const onConnectClose = function (this: CountedStream): void {
    link.onResponses(1);
    const status = Number(this.sentHeaders?.[':status']);
    if (status >= 200 && status < 300) return figures?.upgrade();
    const begunAt = figures?.begin() ?? 0;
    if (Number.isNaN(status)) figures?.abort(1);
    else figures?.answer(status, begunAt);
  };
  return (stream, headers) => {
    // One that is destroyed already may never say that it is closed; one that the server pushes nobody has asked for.
    if (stream[begunAtOf] !== undefined || stream.destroyed || isPushed(stream)) return;
    link.onRequest();
    if (headers[':method'] === 'CONNECT') {
      stream[begunAtOf] = hasEnded;
      stream.once('close', onConnectClose);
      return;
    }
    stream[begunAtOf] = figures?.begin() ?? 0;
    stream.once('close', onClose);
    if (figures) stream.once('finish', onFinish);
  };
}

/** RFC 9113, 5.1.1: streams that a client has begun have odd numbers. */
function isPushed({ id = 1 }: ServerHttp2Stream): boolean {
  return id % 2 === 0;
}
