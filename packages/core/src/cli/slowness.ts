import type { Slowness } from '../primary/primary-events.js';

/** What keeps a worker from being ready, for people. `time`: for how long. */
export function describeSlowness({ listeners, waiting }: Slowness, waitReady: boolean, time: string): string {
  if (!waitReady)
    return `has not listened on a port for ${time}. It goes on; if it is no server, it needs no Baton.`;
  if (listeners.length === 0)
    return `has neither listened on a port nor called ready() for ${time}. It goes on.`;
  const where = listeners.join(', ');
  const queue =
    waiting === 0 ? '' : ` ${waiting === 1 ? '1 connection waits' : `${waiting} connections wait`} there.`;
  return `listens on ${where}, but has not called ready() for ${time}. It goes on.${queue}`;
}
