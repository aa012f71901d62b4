import type { CommandRequest } from '../control/protocol.js';

/** Who asks for a command, for people. */
export function describeRequest({ pid, uid }: CommandRequest): string {
  const who = pid === 0 ? 'a process in another PID namespace' : `process ${pid}`;
  return `requested by ${who} (uid ${uid}) over the control socket`;
}
