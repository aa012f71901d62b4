import type { ServerResponse } from 'node:http';
import { noClaim, type Claim } from '../native.js';
import {
  isGivenAway,
  serverHandleClass,
  type ServerHandleClass,
  type SocketHandle,
  type SocketHandleClass,
} from './node-internals.js';

/** How many requests of a connection are under way. */
export const underWay = Symbol('baton.requestsUnderWay');

/** Where that is kept. */
export interface RequestCounter {
  [underWay]?: number;
  /** A request has come. */
  hasBegun?: boolean;
  /** The last of the responses that are awaited on it. */
  lastResponse?: ServerResponse | undefined;
  /** When the head of its request was read, and those of other responses that are awaited: `performance.now()`. */
  lastBegunAt?: number;
  earlier?: Map<ServerResponse, number> | undefined;
}

/** The handle of a connection that came from the primary. */
export interface ConnectionHandle extends SocketHandle, RequestCounter {
  claim: Claim;
  /** Whose connection it is; its server may have begun to listen elsewhere since. */
  listener: number;
  /** Requests were answered on it by another worker, and none by this one yet. */
  keptAlive: boolean;
  /** It is the primary's again: closing it is no business of the client's. */
  letGo(): void;
}
export type ConnectionHandleClass = new (type?: number) => ConnectionHandle;

/** Who wants to know before a connection ends. */
export interface ConnectionWatcher {
  onClosing(fd: number, claim: Claim): void;
  onResetting(fd: number, claim: Claim): void;
  /** So many requests of it will not be answered. */
  onGivenUp(count: number): void;
}

/** The classes of the handles of one kind of socket. */
export interface HandleClasses {
  connection: ConnectionHandleClass;
  listening: ServerHandleClass;
}

/** `base`: Node's own. */
export function handleClasses(base: SocketHandleClass, watcher: ConnectionWatcher): HandleClasses {
  return { connection: connectionHandleClass(base, watcher), listening: serverHandleClass(base) };
}

/** Node's own class, which also tells when the connection ends. */
function connectionHandleClass(base: SocketHandleClass, watcher: ConnectionWatcher): ConnectionHandleClass {
  return class Connection extends base implements ConnectionHandle {
    claim = noClaim;
    listener = 0;
    keptAlive = false;
    hasBegun = false;
    lastResponse: ServerResponse | undefined;
    lastBegunAt = 0;
    earlier: Map<ServerResponse, number> | undefined;
    [underWay] = 0;
    #open = true;

    letGo(): void {
      this.#open = false;
    }

    override close(callback?: () => void): void {
      // One that was given to a child process is only let go here: without its fd nothing is shut down.
      if (this.#open) watcher.onClosing(isGivenAway(this) ? -1 : this.fd, this.claim);
      this.#end();
      super.close(callback);
    }

    /** `socket.resetAndDestroy()`. */
    override reset(callback?: () => void): number {
      if (this.#open) watcher.onResetting(this.fd, this.claim);
      this.#end();
      return super.reset(callback);
    }

    #end(): void {
      this.#open = false;
      if (this[underWay] > 0) watcher.onGivenUp(this[underWay]);
      this[underWay] = 0;
    }
  };
}
