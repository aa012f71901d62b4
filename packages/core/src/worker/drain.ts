import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { closeSessions } from './http2-sessions.js';
import { IdleConnections, type TakeIdle } from './idle-connections.js';
import type { WorkerListener } from './listen-handle.js';
import { plainHandle, type ConnectionInternals } from './node-internals.js';

/** What is drained, and how. */
export interface DrainPlan {
  handles: readonly WorkerListener[];
  /** What becomes of idle connections. Those that it does not take end by themselves. */
  take: TakeIdle;
  /** Whether a connection goes on after the answer, since it is taken then; else its client is told to close it. */
  goesOn: TakeIdle;
  timeoutMs: number;
}

/** Where idle connections are taken once more. */
export interface Drain {
  takeIdle(): void;
  /** Resolves when no connection is left, or when the time is over, with how many are left then. */
  ended: Promise<number>;
}

/**
 * Closes the servers, takes their idle connections, and those that answers make idle. Others end as their protocols ask: HTTP/1
 * with `Connection: close`, HTTP/2 with GOAWAY, upgraded ones when the app or the client closes them.
 */
export function drain({ handles, take, goesOn, timeoutMs }: DrainPlan): Drain {
  const servers = handles.map(({ server }) => server);
  const idle = new IdleConnections(servers, take);
  const takeIdle = (): void => idle.takeAll();

  // What waits on a connection that is closed after the answer would be lost; told so, the client opens another.
  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as { response: ServerResponse; socket: ConnectionInternals };
    if (!goesOn(socket)) response.shouldKeepAlive = false;
  });
  // Published before the response has left its connection.
  channel('http.server.response.finish').subscribe(() => setImmediate(takeIdle));
  const closed = servers.map(
    (server) => new Promise<void>((resolve) => idle.closeServer(server, () => resolve())),
  );
  closeSessions();
  takeIdle();

  const timeout = new Promise((resolve) => setTimeout(resolve, timeoutMs).unref());
  const ended = Promise.race([Promise.all(closed), timeout]).then(() =>
    servers.reduce((total, { _connections = 0 }) => total + _connections, 0),
  );
  return { takeIdle, ended };
}

/** Whether a connection is nothing but a socket, so that it can go on in another process. */
export function isPlain(socket: ConnectionInternals): boolean {
  return plainHandle(socket) !== undefined;
}
