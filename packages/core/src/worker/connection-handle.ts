import { loadNative } from '../native.js';
import type { SocketHandle, SocketHandleClass } from './node-internals.js';

/** The handle of a connection that came from the primary. */
export interface ConnectionHandle extends SocketHandle {
  /** Another worker may still have a duplicate, which would hold back the FIN of close(2). */
  offeredBefore: boolean;
}
export type ConnectionHandleClass = new (type?: number) => ConnectionHandle;

/** Node's own class, which also tells when the connection is no longer open. */
export function connectionHandleClass(base: SocketHandleClass, onClosed: () => void): ConnectionHandleClass {
  const native = loadNative();
  return class Connection extends base implements ConnectionHandle {
    offeredBefore = false;
    #open = true;

    override close(callback?: () => void): void {
      this.#shutDown();
      this.#end();
      super.close(callback);
    }

    /** `socket.resetAndDestroy()`. With a duplicate about, the client sees an end first, and the reset later. */
    override reset(callback?: () => void): number {
      this.#shutDown();
      const error = super.reset(callback);
      if (error === 0) this.#end();
      return error;
    }

    #shutDown(): void {
      if (this.#open && this.offeredBefore) native.shutDown(this.fd);
    }

    #end(): void {
      if (!this.#open) return;
      this.#open = false;
      onClosed();
    }
  };
}
