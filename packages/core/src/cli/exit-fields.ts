import type { KillDeadline } from '../metrics/snapshot.js';
import type { WorkerExit } from '../primary/worker-handle.js';
import type { LogFields } from './log-entry.js';

/** How a process ended, as the log has it for programs. */
export function exitFields({ code, signal }: WorkerExit, deadline?: KillDeadline): LogFields {
  return { exitCode: code, exitSignal: signal, ...(deadline && { deadline: deadline.of }) };
}
