import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Claim } from '../native.js';
import type { ConnectionHandle } from './connection-handle.js';
import type { PrimaryLink } from './primary-link.js';

/** What Node publishes when it has read the head of a request. */
interface RequestStart {
  response: ServerResponse;
  socket: Socket;
}

/**
 * Tells the primary how many requests are being answered, by Node's diagnostics channels. HTTP/2 has such channels since
 * Node 24; before that its requests are not counted.
 */
export function countRequests(link: PrimaryLink): void {
  const underWay = new WeakMap<Socket, number>();
  const count = (socket: Socket): number => underWay.get(socket) ?? 0;

  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as RequestStart;
    if (!underWay.has(socket)) {
      // Pipelined requests whose turn has not come when the client goes are never closed by themselves.
      socket.once('close', () => {
        for (let left = count(socket); left > 0; left--) link.onResponse();
        underWay.delete(socket);
      });
    }
    underWay.set(socket, count(socket) + 1);
    link.onRequest(claimOf(socket));
    response.once('close', () => {
      if (count(socket) === 0) return;
      underWay.set(socket, count(socket) - 1);
      link.onResponse();
    });
  });
  channel('http2.server.stream.start').subscribe(() => link.onRequest());
  channel('http2.server.stream.close').subscribe(() => link.onResponse());
}

/** None for the connection under a TLS socket: nobody outside sees that a request has come. */
function claimOf(socket: Socket): Claim | undefined {
  return (socket as { _handle?: Partial<ConnectionHandle> | null })._handle?.claim;
}
