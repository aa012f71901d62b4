import type { DrainOrder, StopOrder } from '../channel/messages.js';
import { drain, type Drain } from './drain.js';
import { giveBack, movable } from './movable.js';
import type { PrimaryLink } from './primary-link.js';

/** How long a signal to this process itself may be on its way. Nothing else may keep the process alive then. */
const signalMs = 100;

/** How long requests may go on after the primary is gone. */
const leaveTimeoutMs = 10_000;

/** What the app does when its last connection is gone. */
export interface DrainedTasks {
  readonly hasTasks: boolean;
  /** Never rejects. */
  runTasks(): Promise<void>;
}

/**
 * Ends a worker in whose place others go on. Its idle connections are given back to the primary, as open TCP connections; TLS,
 * HTTP/2 and upgraded ones have a state in this process, and cannot be. Then the app is told to end as it is when the service
 * stops, since a timer or a pool of its own may keep it alive.
 */
export function leaveToOthers(
  link: PrimaryLink,
  { timeoutMs, exitMs }: DrainOrder,
  tasks: DrainedTasks,
  sayFarewell: () => Promise<void>,
): Drain {
  const { servers } = link;
  link.stopListening();
  const draining = drain({
    servers: [...servers.keys()],
    goesOn: (socket) => movable(socket, servers, 'drain') !== undefined,
    take: (socket) => giveBack(link, socket, 'drain'),
    timeoutMs,
  });
  link.onRoom = () => draining.takeIdle();
  void endAfter(draining, link, tasks, sayFarewell, exitMs);
  return draining;
}

async function endAfter(
  { ended }: Drain,
  link: PrimaryLink,
  tasks: DrainedTasks,
  sayFarewell: () => Promise<void>,
  exitMs: number,
): Promise<void> {
  const left = await ended;
  exitWithin(exitMs);
  if (left.connections > 0) link.reportCutOff(left);
  await tasks.runTasks();
  await sayFarewell();
  // One that does not hear of the end by a signal may by an `exit` listener.
  if (process.listenerCount('SIGTERM') === 0) process.exit();
  tellApp();
}

/** The app has so long to end by itself; then its `exit` listeners are all that runs. */
export function exitWithin(ms: number): void {
  setTimeout(() => process.exit(), ms).unref();
}

/**
 * Ends a worker when the service stops. An app that hears SIGTERM ends as it sees fit, unless it has said what is to be done
 * once no connection is left; of another one, the requests are finished first.
 */
export async function leaveWithService(
  link: PrimaryLink,
  { timeoutMs, exitMs }: StopOrder,
  tasks: DrainedTasks,
): Promise<void> {
  exitWithin(exitMs);
  if (process.listenerCount('SIGTERM') === 0 || tasks.hasTasks) {
    link.stopListening();
    const servers = [...link.servers.keys()];
    await drain({ servers, take: () => true, goesOn: () => false, timeoutMs }).ended;
    await tasks.runTasks();
  }
  tellApp();
}

/**
 * Ends a worker that has nobody to give its connections to: nothing new comes, and the rest is left to the event loop, which ends
 * when nothing is left to do, or to a deadline. A request may be on its way where nothing has come yet.
 */
export function leave(link: PrimaryLink, tasks: DrainedTasks): void {
  link.stopListening();
  const take = ({ bytesRead }: { bytesRead: number }): boolean => bytesRead > 0;
  const { ended } = drain({
    servers: [...link.servers.keys()],
    take,
    goesOn: () => false,
    timeoutMs: leaveTimeoutMs,
  });
  void ended.then(() => tasks.runTasks());
  exitWithin(leaveTimeoutMs);
}

/** Sends SIGTERM: what an app hears that does not know Baton. Without a handler it ends the process at once. */
function tellApp(): void {
  if (process.listenerCount('SIGTERM') > 0) setTimeout(() => {}, signalMs);
  process.kill(process.pid, 'SIGTERM');
}
