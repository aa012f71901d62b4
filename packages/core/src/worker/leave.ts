import type { Server as HttpServer } from 'node:http';
import type { WorkerListener } from './listen-handle.js';

/** How long requests may go on after the primary is gone. */
const leaveTimeoutMs = 10_000;

/** Closes the servers, lets requests finish, and resolves when all connections have ended. */
export async function closeServers(handles: WorkerListener[]): Promise<void> {
  const closing = handles.map(
    ({ server }) => new Promise<void>((resolve) => void server.close(() => resolve())),
  );
  for (const { server } of handles) (server as Partial<HttpServer>).closeIdleConnections?.();
  await Promise.all(closing);
}

/**
 * Ends a worker that gets no more connections: closes its servers, and leaves the rest to the event loop, which ends when
 * nothing is left to do, or to a deadline.
 */
export function leave(handles: WorkerListener[]): void {
  void closeServers(handles);
  setTimeout(() => process.exit(), leaveTimeoutMs).unref();
}
