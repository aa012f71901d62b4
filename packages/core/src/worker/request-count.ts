import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Claim } from '../native.js';
import { noteAuthentication } from './connection-authentication.js';
import type { ConnectionHandle } from './connection-handle.js';
import { endLimit } from './kept-alive.js';
import type { PrimaryLink } from './primary-link.js';

/** What Node publishes when it has read the head of a request. */
interface RequestStart {
  response: ServerResponse;
  socket: CountedSocket;
}

/** How many requests of a connection are under way. On the socket itself: a WeakMap costs a connection more than the rest. */
const underWay = Symbol('baton.requestsUnderWay');
type CountedSocket = Socket & { [underWay]?: number };

export function requestsUnderWay(socket: Socket): number {
  return (socket as CountedSocket)[underWay] ?? 0;
}

/**
 * Tells the primary how many requests are being answered, by Node's diagnostics channels. It runs for each request, so it makes
 * no closures.
 */
export function countRequests(link: PrimaryLink): void {
  function onResponseClose(this: ServerResponse): void {
    const socket = this.req.socket as CountedSocket;
    if (!socket[underWay]) return; // given up below
    socket[underWay] -= 1;
    link.onResponse();
    noteAuthentication(this);
  }
  // Pipelined requests whose turn has not come when the client goes are never closed by themselves.
  function giveUp(this: CountedSocket): void {
    for (let left = this[underWay] ?? 0; left > 0; left--) link.onResponse();
    this[underWay] = 0;
  }

  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as RequestStart;
    const count = socket[underWay] ?? beginCount(socket);
    if (count === 1 && !socket.listeners('close').includes(giveUp)) socket.on('close', giveUp);
    socket[underWay] = count + 1;
    link.onRequest(claimOf(socket));
    response.on('close', onResponseClose);
  });
  const onStream = streamCounter(link);
  channel('http2.server.stream.start').subscribe((message) =>
    onStream((message as { stream: ServerHttp2Stream }).stream),
  );
}

const isCounted = Symbol('baton.isCounted');
type CountedStream = ServerHttp2Stream & { [isCounted]?: true };

/**
 * Counts a request of HTTP/2, once. Node publishes a channel for them from 24 on; before, the servers that listen tell of theirs.
 */
export function streamCounter(link: PrimaryLink): (stream: CountedStream) => void {
  const onClose = (): void => link.onResponse();
  return (stream) => {
    // One that is destroyed already may never say that it is closed.
    if (stream[isCounted] || stream.destroyed) return;
    stream[isCounted] = true;
    link.onRequest();
    stream.once('close', onClose);
  };
}

function beginCount(socket: CountedSocket): number {
  const handle = (socket as { _handle?: Partial<ConnectionHandle> | null })._handle;
  if (handle?.keptAlive) endLimit(socket, handle);
  return 0;
}

/** None for the connection under a TLS socket: nobody outside sees that a request has come. */
function claimOf(socket: Socket): Claim | undefined {
  return (socket as { _handle?: Partial<ConnectionHandle> | null })._handle?.claim;
}
