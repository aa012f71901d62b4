import { printable } from '../printable.js';
import { jsonText } from './json-text.js';

export type LogLevel = 'info' | 'warn' | 'error';

/** What Baton tells of itself, and how much it matters. `docs/logs.md` mirrors this list. */
export const logLevels = {
  started: 'info',
  'little-memory': 'warn',
  listening: 'info',
  slow: 'warn',
  crash: 'error',
  restart: 'info',
  'bad-exit': 'warn',
  'cut-off': 'warn',
  signal: 'info',
  command: 'info',
  scaled: 'info',
  'reload-started': 'info',
  'reload-done': 'info',
  'reload-failed': 'error',
  replaced: 'info',
  recycled: 'info',
  'recycle-failed': 'warn',
  'plain-process': 'warn',
  'app-ended': 'warn',
  changed: 'info',
  waiting: 'info',
  warning: 'warn',
  error: 'error',
} as const satisfies Record<string, LogLevel>;

export type LogEvent = keyof typeof logLevels;

/** What a program need not read out of the message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A line for programs: one JSON object. What is undefined of the fields is left out. */
export function logLine(event: LogEvent, message: string, fields: LogFields): string {
  const time = new Date().toISOString();
  return jsonText({ time, level: logLevels[event], msg: printable(message), event, ...fields });
}
