import { drain, type Drain } from './drain.js';
import { giveBack, movable } from './movable.js';
import type { PrimaryLink } from './primary-link.js';

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
  timeoutMs: number,
  tasks: DrainedTasks,
  sayFarewell: () => Promise<void>,
): Drain {
  const { servers } = link;
  const draining = drain({
    servers: [...servers.keys()],
    goesOn: (socket) => movable(socket, servers, 'drain') !== undefined,
    take: (socket) => giveBack(link, socket, 'drain'),
    timeoutMs,
  });
  link.onRoom = () => draining.takeIdle();
  void endAfter(draining, link, tasks, sayFarewell);
  return draining;
}

async function endAfter(
  { ended }: Drain,
  link: PrimaryLink,
  tasks: DrainedTasks,
  sayFarewell: () => Promise<void>,
): Promise<void> {
  const left = await ended;
  if (left.connections > 0) link.reportCutOff(left);
  await tasks.runTasks();
  await sayFarewell();
  tellApp();
}

/**
 * Ends a worker when the service stops. An app that hears SIGTERM ends as it sees fit, unless it has said what is to be done
 * once no connection is left; of another one, the requests are finished first.
 */
export async function leaveWithService(
  { servers }: PrimaryLink,
  timeoutMs: number,
  tasks: DrainedTasks,
): Promise<void> {
  if (process.listenerCount('SIGTERM') === 0 || tasks.hasTasks) {
    await drain({ servers: [...servers.keys()], take: () => true, goesOn: () => false, timeoutMs }).ended;
    await tasks.runTasks();
  }
  tellApp();
}

/**
 * Ends a worker that has nobody to give its connections to: closes its servers, and leaves the rest to the event loop, which ends
 * when nothing is left to do, or to a deadline. A request may be on its way where nothing has come yet.
 */
export function leave({ servers }: PrimaryLink, tasks: DrainedTasks): void {
  const take = ({ bytesRead }: { bytesRead: number }): boolean => bytesRead > 0;
  const { ended } = drain({
    servers: [...servers.keys()],
    take,
    goesOn: () => false,
    timeoutMs: leaveTimeoutMs,
  });
  void ended.then(() => tasks.runTasks());
  setTimeout(() => process.exit(), leaveTimeoutMs).unref();
}

/** Sends SIGTERM: what an app hears that does not know Baton. Without a handler it ends the process at once. */
function tellApp(): void {
  if (process.listenerCount('SIGTERM') > 0) {
    // A signal that is on its way does not keep the process alive, nor may anything else.
    const hold = setTimeout(() => {}, leaveTimeoutMs);
    process.once('SIGTERM', () => clearTimeout(hold));
  }
  process.kill(process.pid, 'SIGTERM');
}
