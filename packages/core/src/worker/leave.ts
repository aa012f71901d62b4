import type { DrainOrder } from '../channel/messages.js';
import { drain, type Drain } from './drain.js';
import { giveBack, movable } from './movable.js';
import type { PrimaryLink } from './primary-link.js';

/** How long requests may go on after the primary is gone. */
const leaveTimeoutMs = 10_000;

/** What the app does when its last connection is gone. */
export interface DrainedTasks {
  /** Never rejects. */
  runTasks(): Promise<void>;
}

/**
 * Ends a worker in whose place others go on, up to the point where the app is to end. Its idle connections are given back to the
 * primary, as open TCP connections; TLS, HTTP/2 and upgraded ones have a state in this process, and cannot be. `endApp` is called when
 * all of that is done, and the app is told as it is when the service stops, since a timer or a pool of its own may keep it alive.
 */
export function leaveToOthers(
  link: PrimaryLink,
  { timeoutMs, exitMs }: Pick<DrainOrder, 'timeoutMs' | 'exitMs'>,
  tasks: DrainedTasks,
  endApp: () => Promise<void>,
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
  const end = async (): Promise<void> => {
    const left = await draining.ended;
    exitWithin(exitMs);
    if (left.connections > 0) link.reportCutOff(left);
    await tasks.runTasks();
    await endApp();
  };
  void end();
  return draining;
}

/** The app has so long to end by itself; then its `exit` listeners are all that runs. */
export function exitWithin(ms: number): void {
  setTimeout(() => process.exit(), ms).unref();
}

/** Finishes the requests when the service stops, whatever the app does meanwhile. `endApp` is called when all of that is done. */
export function leaveWithService(
  link: PrimaryLink,
  timeoutMs: number,
  tasks: DrainedTasks,
  endApp: () => void,
): Drain {
  link.stopListening();
  const servers = [...link.servers.keys()];
  const draining = drain({ servers, take: () => true, goesOn: () => false, timeoutMs });
  const end = async (): Promise<void> => {
    await draining.ended;
    await tasks.runTasks();
    endApp();
  };
  void end();
  return draining;
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
