import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CutOff } from '../channel/messages.js';
import { closeSessions } from './http2-sessions.js';
import { IdleConnections, type TakeIdle } from './idle-connections.js';
import {
  httpConnections,
  isEmpty,
  type ConnectionInternals,
  type ServerInternals,
} from './node-internals.js';
import { countOpenConnections } from './open-connections.js';
import { endWithResponse } from './last-responses.js';
import { lastResponse } from './request-count.js';

/** What is drained, and how. */
export interface DrainPlan {
  /** Nothing new comes to them any more. To close them is left to the app, which may be about to do so, and knows what comes then. */
  servers: readonly ServerInternals[];
  /** What becomes of idle connections. Those that it does not take end by themselves. */
  take: TakeIdle;
  /** Whether a connection goes on after the answer, since it is taken then; else its client is told to close it. */
  goesOn: TakeIdle;
  timeoutMs: number;
}

/** A drain that goes on. */
export interface Drain {
  /** Takes once more what is idle. */
  takeIdle(): void;
  /** Ends it within so long. */
  endWithin(timeoutMs: number): void;
  /** Resolves when no connection is left, or when the time is over, with those that were left then, which are closed. */
  ended: Promise<CutOff>;
}

/**
 * Takes the idle connections of the servers, and those that answers make idle, also where the app has Node close them. Others end as
 * their protocols ask: HTTP/1 with `Connection: close`, HTTP/2 with GOAWAY, upgraded ones when the app or the client closes them.
 */
export function drain({ servers, take, goesOn, timeoutMs }: DrainPlan): Drain {
  const idle = new IdleConnections(servers, take);
  let isDue = false;
  const takeIdleSoon = (): void => {
    if (!isDue) setImmediate(takeIdle);
    isDue = true;
  };
  const takeIdle = (): void => {
    isDue = false;
    idle.takeAll();
  };
  // The response may come before the last of the request's body.
  const takeAfter = (request: IncomingMessage): void => {
    if (!request.complete) request.once('end', takeIdleSoon);
  };

  // What waits on a connection that is closed after the answer would be lost; told so, the client opens another.
  channel('http.server.request.start').subscribe((message) => {
    const { response, socket } = message as { response: ServerResponse; socket: ConnectionInternals };
    if (!goesOn(socket)) endWithResponse(socket, response);
  });
  for (const socket of servers.flatMap((server) => httpConnections(server))) {
    const { parser } = socket;
    const response = lastResponse(socket);
    if (parser?.incoming) takeAfter(parser.incoming);
    if (response && !goesOn(socket)) endWithResponse(socket, response);
  }
  channel('http.server.response.finish').subscribe((message) => {
    const { request } = message as { request: IncomingMessage };
    takeIdleSoon(); // this is published before the response has left its connection
    takeAfter(request);
  });
  closeSessions();
  takeIdle();
  idle.guard(goesOn);

  let timer: NodeJS.Timeout;
  let endWithin!: Drain['endWithin'];
  const timeout = new Promise<void>((resolve) => {
    endWithin = (ms) => {
      clearTimeout(timer);
      // It keeps the process alive, too, where the app has unref()ed the connections that are left.
      timer = setTimeout(resolve, ms);
    };
  });
  endWithin(timeoutMs);
  const ended = Promise.race([Promise.all(servers.map(isEmpty)), timeout]).then(() => {
    clearTimeout(timer);
    endWithin = () => {};
    const left = countOpenConnections(servers);
    idle.closeAll();
    return left;
  });
  return { takeIdle, endWithin: (ms) => endWithin(ms), ended };
}
