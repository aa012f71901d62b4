import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BatonError } from '../errors.js';
import type { Native, PeerCredentials } from '../native.js';
import { answerJson, refuse, refuseGarbage } from './answers.js';
import { CommandRunner } from './command-runner.js';
import type { Controlled } from './controlled.js';
import { NameLock } from './name-lock.js';
import { userId } from './directory.js';
import { isTrusted, peerOf } from './peer.js';
import {
  features,
  protocolHeader,
  protocolVersion,
  type CommandName,
  type CommandRequest,
  type Hello,
} from './protocol.js';
import { readBody } from './request-body.js';
import { findRoute } from './routes.js';

export interface ControlServerOptions {
  /** The names that it may take, the best first. */
  names: readonly string[];
  /** What is told of the primary to those who look for one. */
  app: string;
  packageDirectory: string;
  /** How long a client may take to send a request, and to read on once it is answered. Default 5 000 ms. */
  clientTimeoutMs?: number;
  /** A command is about to be carried out. */
  onCommand?: (request: CommandRequest) => void;
}

/** Commands are few. What a broken client opens beyond that must not cost the descriptors that connections need. */
const mostConnections = 64;

/** How long stop() waits for commands that are still under way, and how long then their connections stay open. */
const stopTimeoutMs = 1_000;

/** The primary's end of the control socket: HTTP for processes of the same user, and of root. */
export class ControlServer {
  readonly #native: Native;
  readonly #controlled: Controlled;
  readonly #options: Required<ControlServerOptions>;
  readonly #commands: CommandRunner;
  readonly #server;
  /** With who is at the other end of each. */
  readonly #sockets = new Map<Socket, PeerCredentials>();
  #lock: NameLock | undefined;
  #stopped: Promise<void> | undefined;
  #peersRefused = 0;

  constructor(native: Native, controlled: Controlled, options: ControlServerOptions) {
    this.#native = native;
    this.#controlled = controlled;
    this.#options = { clientTimeoutMs: 5_000, onCommand: () => {}, ...options };
    const { clientTimeoutMs, onCommand } = this.#options;
    this.#commands = new CommandRunner(controlled, onCommand, () => void this.stop());
    this.#server = createServer({
      headersTimeout: clientTimeoutMs,
      requestTimeout: clientTimeoutMs,
      keepAliveTimeout: clientTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, clientTimeoutMs),
    });
    this.#server.maxConnections = mostConnections;
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('clientError', refuseGarbage);
  }

  /** Undefined before it has one. */
  get name(): string | undefined {
    return this.#lock?.name;
  }

  /** How many connections of other users were closed unread. */
  get peersRefused(): number {
    return this.#peersRefused;
  }

  /** Takes the first free name in the directory, and listens. Throws what {@link NameLock} does. */
  async start(directory: string): Promise<void> {
    const { names, app, packageDirectory } = this.#options;
    const holder = { pid: process.pid, app, directory: packageDirectory };
    try {
      this.#lock = NameLock.takeOneOf(this.#native, directory, names, holder);
      await this.#listen(this.#lock.socketPath);
    } catch (error) {
      await this.stop();
      throw error;
    }
    // Where accept(2) fails, for want of descriptors, the client sees it, and the primary goes on.
    this.#server.on('error', () => {});
  }

  async #listen(socketPath: string): Promise<void> {
    try {
      this.#server.listen(socketPath);
      await once(this.#server, 'listening');
      chmodSync(socketPath, 0o600);
    } catch (cause) {
      const { code = 'error' } = cause as NodeJS.ErrnoException;
      throw new BatonError('BATON_CONTROL_DIRECTORY', [socketPath, code], cause);
    }
  }

  /** Gives the name up, and answers what is still to be answered. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // In this order: closing the server removes the socket's file, which must be ours until then.
    this.#server.close();
    this.#lock?.close();
    for (const socket of this.#sockets.keys()) socket.unref();
    await Promise.race([this.#commands.finish(), delay(stopTimeoutMs, undefined, { ref: false })]);
    // The connections end with the process, so that a client can wait for that; where the process lives on, they end now.
    setTimeout(() => this.#server.closeAllConnections(), stopTimeoutMs).unref();
  }

  /** Nothing has been read of it yet. */
  #onConnection(socket: Socket): void {
    const peer = peerOf(this.#native, socket);
    if (peer === undefined || !isTrusted(peer)) {
      this.#peersRefused += 1;
      socket.destroy();
      return;
    }
    this.#sockets.set(socket, peer);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader(protocolHeader, String(protocolVersion));
    try {
      const route = findRoute(request.method, request.url);
      if (route === 'hello') answerJson(response, 200, this.#hello());
      else if (route === 'status') answerJson(response, 200, this.#controlled.status());
      else await this.#run(route, request, response);
    } catch (error) {
      refuse(response, error);
    }
    // All that is left to wait for is that the client reads.
    response.socket?.setTimeout(this.#options.clientTimeoutMs);
  }

  async #run(command: CommandName, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer: Partial<PeerCredentials> = this.#sockets.get(request.socket) ?? {};
    const { pid = 0, uid = userId() } = peer;
    await this.#commands.run({ command, pid, uid }, await readBody(request), response);
  }

  #hello(): Hello {
    const { version } = this.#controlled.status();
    return { protocol: protocolVersion, version, features, peersRefused: this.#peersRefused };
  }
}
