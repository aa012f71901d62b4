import {
  endConnectionWith,
  endConnectionWithHead,
  guardRequests,
  isHeadSent,
  type ConnectionInternals,
  type ResponseInternals,
} from './node-internals.js';

/** The last response of each connection that is to end with it. */
const last = new WeakMap<ConnectionInternals, ResponseInternals>();

/**
 * Has the connection end with this response, which says so by `Connection: close` (RFC 9112, 9.6), whatever the app says: one that
 * passes on what another server has answered says `keep-alive`, too. Where more requests wait on the connection, only the last
 * response may say it, since those behind it would be lost: a later call for the same connection takes it back from this one. Once it is
 * said, what comes on the connection is not for the app: nobody would get the answer.
 */
export function endWithResponse(socket: ConnectionInternals, response: ResponseInternals): void {
  const before = last.get(socket);
  if (before === response || !response.shouldKeepAlive) return; // or its client wants that already
  if (isHeadSent(response)) return;
  endConnectionWith(response, true);
  last.set(socket, response);
  if (before === undefined) guardRequests(socket, () => !isEndSaid(socket));
  else if (!isHeadSent(before)) endConnectionWith(before, false);
  const own: object = response;
  const writeHead: (...head: unknown[]) => unknown = Reflect.get(own, 'writeHead');
  response.writeHead = function (this: ResponseInternals, ...head: unknown[]) {
    writeHead.apply(this, head);
    if (last.get(socket) === this) endConnectionWithHead(this);
    return this;
  };
}

function isEndSaid(socket: ConnectionInternals): boolean {
  const response = last.get(socket);
  return response !== undefined && isHeadSent(response);
}
