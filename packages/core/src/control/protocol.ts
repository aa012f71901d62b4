import type { CutOff } from '../channel/messages.js';
import type { KillDeadline, WorkerInfo } from '../metrics/snapshot.js';

/** Of the routes, `/v1/…`, and in the header of every response. */
export const protocolVersion = 1;
export const protocolHeader = 'Baton-Protocol';

/** What a primary of this version can be asked for. */
export const features = ['status', 'events', 'reload', 'scale', 'stop'] as const;

/** `GET /`, which is the same in all versions. */
export interface Hello {
  protocol: number;
  version: string;
  features: readonly string[];
  /** Connections of processes of other users, which were closed unread. */
  peersRefused: number;
}

/** The body of every response but 200, and the last line of a command that failed. */
export interface ErrorObject {
  error: { code: string; message: string };
}

/** A worker has come to a new state while a command ran, whatever the cause. */
export interface WorkerEvent {
  event: 'worker';
  worker: WorkerInfo;
  /** How it ended. */
  exit?: { code: number | null; signal: NodeJS.Signals | null };
  /** If it ended by SIGKILL at a deadline: which one. */
  deadline?: KillDeadline;
  /** Why it could not be started. */
  error?: string;
}

/** The time to drain was over for these connections of a worker while a command ran. */
export interface CutOffEvent extends CutOff {
  event: 'cut-off';
  worker: WorkerInfo;
}

export type CommandEvent = WorkerEvent | CutOffEvent;

/** A line of a command's response: events, then one result or error. */
export type CommandLine = CommandEvent | { result: unknown } | ErrorObject;

interface Timed {
  durationMs: number;
}

/** What each command ends with. */
export interface CommandResults extends Record<CommandName, Timed> {
  reload: Timed & { workers: number; generation: number };
  scale: Timed & { workers: number };
  stop: Timed & { pid: number };
}
/** What a primary can be told to do by its control socket. */
export type CommandName = 'reload' | 'scale' | 'stop';

/** A command, and who asks for it: a process as the kernel knows it (SO_PEERCRED, unix(7)). */
export interface CommandRequest {
  /** What is asked for. */
  command: CommandName;
  /** The process that asks; 0 if it is of a PID namespace that is none of the primary's. */
  pid: number;
  /** Its user. */
  uid: number;
}

export function describeError(error: unknown): ErrorObject {
  const { code = 'ERROR', message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  return { error: { code, message } };
}
