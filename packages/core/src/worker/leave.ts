import type { WorkerListener } from './listen-handle.js';
import { closeServer } from './node-internals.js';

/** How long requests may go on after the primary is gone. */
const leaveTimeoutMs = 10_000;

/** Closes the servers, lets requests finish, and resolves when all connections have ended. */
export async function closeServers(handles: WorkerListener[]): Promise<void> {
  await Promise.all(
    handles.map(({ server }) => new Promise<void>((resolve) => closeServer(server, resolve))),
  );
}

/**
 * Ends a worker that gets no more connections: closes its servers, and leaves the rest to the event loop, which ends when
 * nothing is left to do, or to a deadline.
 */
export function leave(handles: WorkerListener[]): void {
  void closeServers(handles);
  setTimeout(() => process.exit(), leaveTimeoutMs).unref();
}
