import type { Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { headOf, type ResponseInternals } from './node-internals.js';

/**
 * The connections that were authenticated, or asked to be, by a scheme that authenticates the connection, not each of its requests:
 * NTLM, and Negotiate (RFC 4559). With how much had been read when a handshake was to go on with the next request; -1: none is
 * under way.
 */
const bound = new WeakMap<Socket, number>();

/** One of the challenges of a response (RFC 9110, 11.6.1). What follows the scheme is a step of its handshake. */
const challenge =
  /^(?:www|proxy)-authenticate:(?:.*,)?[ \t]*(?:ntlm|negotiate)(?![^ \t,\r])([ \t]+[\w+/])?/im;
const credentialsName = /^(?:proxy-)?authorization$/i;
const credentials = /^(?:ntlm|negotiate)(?![^ \t])/i;

/** Whether another worker would have to authenticate the connection anew. */
export function isBoundToConnection(socket: Socket): boolean {
  return bound.has(socket);
}

/** Whether the client has been sent a challenge that only this worker knows, and has not answered it yet. */
export function isAuthenticating(socket: Socket): boolean {
  return bound.get(socket) === socket.bytesRead;
}

/** A response is complete. Runs for each. */
export function noteAuthentication(response: ResponseInternals): void {
  const { statusCode, req: request } = response;
  if (statusCode === 401 || statusCode === 407) noteChallenge(response);
  else if (hasCredentials(request) && !bound.has(request.socket)) bound.set(request.socket, -1);
}

function noteChallenge(response: ResponseInternals): void {
  const found = challenge.exec(headOf(response));
  if (found === null) return;
  const { req: request } = response;
  const { socket } = request;
  const note = (): void => void bound.set(socket, found[1] === undefined ? -1 : socket.bytesRead);
  note();
  // The response may come before the last of the request's body.
  if (!request.complete) request.once('end', note);
}

/** By the raw headers: Node makes `request.headers` of them only for an app that asks. */
function hasCredentials({ rawHeaders }: IncomingMessage): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if ((name.length === 13 || name.length === 19) && credentialsName.test(name))
      return credentials.test(rawHeaders[i + 1]!);
  }
  return false;
}
