import { chmodSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BatonError } from '../errors.js';
import { LimitedServer } from '../http/limited-server.js';
import { targetOf } from '../http/request-target.js';
import { SharedAnswers } from '../http/shared-answers.js';
import type { Native, PeerCredentials } from '../native.js';
import { answerJson, asJson, refuse, refuseGarbage } from './answers.js';
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
import { findRoute, type Route } from './routes.js';

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

/** How long stop() waits for commands that are still under way, and how long then their connections stay open. */
const stopTimeoutMs = 1_000;

/** The primary's end of the control socket: HTTP for processes of the same user, and of root. */
export class ControlServer {
  readonly #native: Native;
  readonly #controlled: Controlled;
  readonly #options: Pick<ControlServerOptions, 'names' | 'app' | 'packageDirectory'>;
  readonly #commands: CommandRunner;
  readonly #server: LimitedServer;
  readonly #answers = new SharedAnswers<Buffer>();
  /** Who is at the other end of a connection. */
  readonly #peers = new WeakMap<Socket, PeerCredentials>();
  #lock: NameLock | undefined;
  #stopped: Promise<void> | undefined;
  #peersRefused = 0;

  constructor(native: Native, controlled: Controlled, options: ControlServerOptions) {
    this.#native = native;
    this.#controlled = controlled;
    const { clientTimeoutMs = 5_000, onCommand = () => {} } = options;
    this.#options = options;
    this.#commands = new CommandRunner(controlled, onCommand, () => void this.stop());
    this.#server = new LimitedServer({
      answer: (request, response) => this.#answer(request, response),
      accepts: (socket) => this.#accepts(socket),
      clientTimeoutMs,
    });
    this.#server.http.on('clientError', refuseGarbage);
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
  }

  async #listen(socketPath: string): Promise<void> {
    try {
      await this.#server.listen({ path: socketPath });
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
    this.#server.http.close();
    this.#lock?.close();
    this.#server.unrefConnections();
    await Promise.race([this.#commands.finish(), delay(stopTimeoutMs, undefined, { ref: false })]);
    // The connections end with the process, so that a client can wait for that; where the process lives on, they end now.
    setTimeout(() => this.#server.http.closeAllConnections(), stopTimeoutMs).unref();
  }

  #accepts(socket: Socket): boolean {
    const peer = peerOf(this.#native, socket);
    if (peer === undefined || !isTrusted(peer)) {
      this.#peersRefused += 1;
      return false;
    }
    this.#peers.set(socket, peer);
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader(protocolHeader, String(protocolVersion));
    try {
      const route = findRoute(request.method, targetOf(request).path);
      if (route === 'hello') answerJson(response, 200, await this.#shared(route, () => this.#hello()));
      else if (route === 'status' || route === 'events')
        answerJson(response, 200, await this.#shared(route, () => this.#controlled[route]()));
      else await this.#run(route, request, response);
    } catch (error) {
      refuse(response, error);
    }
  }

  #shared(route: Route, describe: () => object): Promise<Buffer> {
    return this.#answers.get(route, () => asJson(describe()));
  }

  async #run(command: CommandName, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer: Partial<PeerCredentials> = this.#peers.get(request.socket) ?? {};
    const { pid = 0, uid = userId() } = peer;
    await this.#commands.run({ command, pid, uid }, await readBody(request), response);
  }

  #hello(): Hello {
    const { version } = this.#controlled.status();
    return { protocol: protocolVersion, version, features, peersRefused: this.#peersRefused };
  }
}
