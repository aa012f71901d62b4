import type { CommandRequest } from '../control/protocol.js';

/** Who asks for a command, for people. */
export function describeRequest({ pid, uid }: CommandRequest): string {
  const who = pid === 0 ? 'a process of another PID namespace' : `process ${pid}`;
  return `asked for by ${who} of user ${uid}, over the control socket`;
}
