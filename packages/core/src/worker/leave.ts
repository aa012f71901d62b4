import type { Server as HttpServer } from 'node:http';
import type { WorkerListener } from './listen-handle.js';

/** How long requests may go on after the primary is gone. */
const leaveTimeoutMs = 10_000;

/**
 * Ends a worker that gets no more connections: closes its servers, lets requests finish, and leaves the rest to the
 * event loop, which ends when nothing is left to do, or to a deadline.
 */
export function leave(handles: WorkerListener[]): void {
  for (const { server } of handles) {
    server.close();
    (server as Partial<HttpServer>).closeIdleConnections?.();
  }
  setTimeout(() => process.exit(), leaveTimeoutMs).unref();
}
