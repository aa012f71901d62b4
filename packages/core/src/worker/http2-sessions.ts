import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { ServerInternals } from './node-internals.js';

/** With the server of each. */
const sessions = new Map<Http2Session, ServerInternals>();
let areClosing = false;

/**
 * Knows the server's sessions from here on, if it speaks HTTP/2, and tells of each stream before the app hears of it. False: it does
 * not.
 */
export function trackSessions(
  server: ServerInternals,
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): boolean {
  if (typeof (server as { updateSettings?: unknown }).updateSettings !== 'function') return false;
  server.prependListener('stream', onStream);
  server.on('session', (session: Http2Session) => {
    sessions.set(session, server);
    session.once('close', () => sessions.delete(session));
    // Its first stream is on its way; closed at once it would be lost.
    if (areClosing) session.once('stream', () => session.close());
  });
  return true;
}

/** Sends GOAWAY (RFC 9113, 6.8): no new streams; a session ends with the last that is open. */
export function closeSessions(): void {
  areClosing = true;
  for (const session of sessions.keys()) session.close();
}

/** How many sessions of the server are open. */
export function countSessions(server: ServerInternals): number {
  return [...sessions.values()].filter((of) => of === server).length;
}
