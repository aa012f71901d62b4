import type { ConnectionHandle } from './connection-handle.js';
import { destroyOnly, guardIdle, openConnections, type ConnectionInternals } from './node-internals.js';

/** Takes an idle connection out of this process, unless it returns false. It is only to be destroyed then. */
export type TakeIdle = (socket: ConnectionInternals) => boolean;

/** Ends Node's walk over a server's idle connections: of 10,000 the rest of it takes milliseconds. */
const enough = new Error('enough connections were taken');

/**
 * The connections of some servers on which nobody waits for an answer: of HTTP/1, those that wait for a next request, and of any
 * server, those on which nothing has come or gone yet.
 */
export class IdleConnections {
  readonly #servers: ReadonlySet<object>;
  readonly #take: TakeIdle;

  constructor(servers: Iterable<object>, take: TakeIdle) {
    this.#servers = new Set(servers);
    this.#take = (socket) => !isEnding(socket) && !isBusy(socket) && take(socket);
  }

  /** From here on those that the app has Node close are taken instead, where they can go on elsewhere. */
  guard(canGoOn: TakeIdle): void {
    guardIdle(
      this.#servers,
      (socket) => isEnding(socket) || isBusy(socket) || !canGoOn(socket) || this.#take(socket),
    );
  }

  /** Lets all that are idle now be taken. */
  takeAll(): void {
    this.takeWaiting();
    this.takeUntouched(this.untouched());
  }

  /** Lets those be taken that wait for a next request, so many at most. How many were taken. */
  takeWaiting(most = Infinity): number {
    let taken = 0;
    const take: TakeIdle = (socket) => {
      if (taken >= most) throw enough;
      if (isNew(socket) || !this.#take(socket)) return false;
      taken += 1;
      return true;
    };
    try {
      for (const server of this.#servers)
        destroyOnly(this.#servers, take, () => (server as IdleCloser).closeIdleConnections?.());
    } catch (error) {
      if (error !== enough) throw error;
    }
    return taken;
  }

  /** Those on which nothing has come or gone yet. To look for them costs more than all else. */
  untouched(): ConnectionInternals[] {
    return openConnections().filter((socket) => this.#has(socket.server) && isFresh(socket));
  }

  /** Lets those of the sockets be taken on which still nothing has come or gone, so many at most. How many were taken. */
  takeUntouched(sockets: readonly ConnectionInternals[], most = Infinity): number {
    let taken = 0;
    destroyOnly(this.#servers, this.#take, () => {
      for (const socket of sockets) {
        if (taken >= most) break;
        if (socket.destroyed || !isFresh(socket)) continue;
        socket.destroy();
        if (socket.destroyed) taken += 1;
      }
    });
    return taken;
  }

  /** Closes all that are left, whatever they do, and whoever reads them: the app may have led them to another server. */
  closeAll(): void {
    const all = (): boolean => true;
    const left = openConnections().filter(({ server, _server }) => this.#has(server) || this.#has(_server));
    destroyOnly(this.#servers, all, () => left.forEach((socket) => socket.destroy()));
  }

  #has(server: object | null | undefined): boolean {
    return server != null && this.#servers.has(server);
  }
}

interface IdleCloser {
  closeIdleConnections?(): void;
}

/** Its client has been told that nothing more comes, and waits for the end. */
function isEnding({ writableEnded }: ConnectionInternals): boolean {
  return writableEnded;
}

/**
 * Node takes a connection for idle whose response the app has ended, even if that is not written yet; and one that the app
 * reads by itself, even if it has read something that nobody has seen yet.
 */
function isBusy({ _httpMessage, writableLength, readableLength, _handle }: ConnectionInternals): boolean {
  return (
    Boolean(_httpMessage) || writableLength > 0 || readableLength > 0 || Boolean(_handle?.writeQueueSize)
  );
}

/** Nothing has come or gone on it. */
export function isUntouched({ bytesRead, bytesWritten }: ConnectionInternals): boolean {
  return bytesRead === 0 && bytesWritten === 0;
}

/** From 26.4 on, Node takes those for idle, too, that have never sent a request, here or to the worker before. */
function isNew(socket: ConnectionInternals): boolean {
  const { keptAlive = false } = (socket._handle ?? {}) as Partial<ConnectionHandle>;
  return !keptAlive && isUntouched(socket);
}

/** Beneath a TLS server's sockets there are others, which it reads and writes. */
function isFresh(socket: ConnectionInternals): boolean {
  const isTls = typeof (socket.server as { setSecureContext?: unknown }).setSecureContext === 'function';
  return !isTls && isUntouched(socket);
}
