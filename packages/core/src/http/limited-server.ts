import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ListenOptions, Socket } from 'node:net';

export interface LimitedServerOptions {
  /** Answers a request. Settles when the answer is given, so that the client alone is waited for; never rejects. */
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Whether a connection is served, of which nothing has been read yet. Default: each is. */
  accepts?: (socket: Socket) => boolean;
  /** How long a client may take to send a request, to read on once it is answered, and to send the next. Default 5 000 ms. */
  clientTimeoutMs?: number;
}

/** Who asks a primary are few: probes, Prometheus, browsers, commands. More must not cost the descriptors that the app's connections need. */
export const mostConnections = 64;

/**
 * Connections that the kernel keeps until they are accepted, which cost no descriptor. Of a queue that is full, a client hears after a
 * second, when it tries again.
 */
const backlog = 4_096;

/** Pipelined requests of all connections that Node keeps, at some 3 KiB, until it closes their connection. */
const mostPipelined = 4_096;

interface Connection {
  /** The request that is being answered. */
  current?: { request: IncomingMessage; response: ServerResponse; isAnswered: boolean };
  /** Requests that came before that was answered. */
  pipelined: number;
}

/**
 * An HTTP server of the primary's own, and what its clients can make it spend: connections are few, and closed where their clients take
 * their time; each has one request under way. Where there is no room for another connection, the one that has waited longest for its
 * client makes room.
 */
export class LimitedServer {
  readonly http: Server;
  readonly #options: Required<LimitedServerOptions>;
  /** The one that has waited longest for its client comes first. */
  readonly #connections = new Map<Socket, Connection>();
  #pipelined = 0;

  constructor(options: LimitedServerOptions) {
    this.#options = { accepts: () => true, clientTimeoutMs: 5_000, ...options };
    const { clientTimeoutMs } = this.#options;
    this.http = createServer({
      headersTimeout: clientTimeoutMs,
      requestTimeout: clientTimeoutMs,
      keepAliveTimeout: clientTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, clientTimeoutMs),
    });
    this.http.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.http.on('request', (request, response) => void this.#onRequest(request, response));
  }

  /** Rejects with the system's error. */
  async listen(where: ListenOptions): Promise<void> {
    checkPermission(where);
    this.http.listen({ ...where, backlog });
    await once(this.http, 'listening');
    // Where accept(2) fails, for want of descriptors, the client sees it, and the primary goes on.
    this.http.on('error', () => {});
  }

  /** Connections that are left open do not keep the process alive any more. */
  unrefConnections(): void {
    for (const socket of this.#connections.keys()) socket.unref();
  }

  #onConnection(socket: Socket): void {
    if (!this.#options.accepts(socket) || !this.#hasRoom()) {
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { pipelined: 0 });
    socket.on('close', () => this.#forget(socket));
  }

  #hasRoom(): boolean {
    if (this.#connections.size < mostConnections) return true;
    for (const [socket, connection] of this.#connections) {
      if (!waitsForClient(connection)) continue;
      this.#close(socket);
      return true;
    }
    return false;
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    // It was closed, and Node still parses what it had read of it.
    if (connection === undefined) return;
    if (connection.current !== undefined) return this.#onPipelined(socket, connection, connection.current);
    const current = { request, response, isAnswered: false };
    connection.current = current;
    response.on('close', () => {
      delete connection.current;
      if (connection.pipelined > 0) socket.destroySoon();
    });
    await this.#options.answer(request, response);
    current.isAnswered = true;
    socket.setTimeout(this.#options.clientTimeoutMs);
    if (this.#connections.delete(socket)) this.#connections.set(socket, connection);
  }

  /**
   * Nobody who asks a primary pipelines. The answer under way is the connection's last, as RFC 9112, 9.3.2 lets it be; who is in earnest asks
   * for the rest anew.
   */
  #onPipelined(socket: Socket, connection: Connection, { response }: { response: ServerResponse }): void {
    connection.pipelined += 1;
    this.#pipelined += 1;
    if (this.#pipelined > mostPipelined) return this.#close(socket);
    if (connection.pipelined > 1) return;
    if (!response.headersSent) response.setHeader('Connection', 'close');
    // Once Node has parsed what it has read: until then it resumes reading after each request.
    process.nextTick(() => socket.pause());
  }

  #close(socket: Socket): void {
    this.#forget(socket);
    socket.destroy();
  }

  #forget(socket: Socket): void {
    this.#pipelined -= this.#connections.get(socket)?.pipelined ?? 0;
    this.#connections.delete(socket);
  }
}

/** Not so: a command that is being carried out, of which its client hears as it goes. */
function waitsForClient({ current }: Connection): boolean {
  return current === undefined || current.isAnswered || !current.request.complete;
}

/** What its permission model forbids of TCP, Node throws later, where nobody can catch it. */
function checkPermission({ path }: ListenOptions): void {
  const option = '--allow-net';
  if (path !== undefined || !process.allowedNodeEnvironmentFlags.has(option)) return;
  // The types have it always.
  const { permission } = process as { permission?: NodeJS.Process['permission'] };
  if (permission === undefined || permission.has('net')) return;
  throw Object.assign(new Error(`Node's permission model forbids it: give node ${option}.`), {
    code: 'ERR_ACCESS_DENIED',
  });
}
