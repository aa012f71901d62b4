import type { LogFormat } from '../config/settings.js';
import { BatonError } from '../errors.js';
import { printable } from '../printable.js';
import { nameWorker } from '../worker-name.js';
import { logLine, type LogEvent, type LogFields } from './log-entry.js';
import { WorkerLines, wordedFor, type ToldWorker, type Worded } from './worker-lines.js';

const print = (text: string): void => console.error(printable(`baton: ${text}`));

let format: LogFormat = 'text';

/** What is told of workers, in lines for people. */
export const workerLines = new WorkerLines(print);

// What waits to be told with its like.
process.on('exit', () => workerLines.flush());

/** From here on all is told in this format. */
export function setLogFormat(chosen: LogFormat): void {
  workerLines.flush();
  format = chosen;
}

/** Whether programs read what is told: they get each of several workers by itself, and at once. */
export function isForPrograms(): boolean {
  return format === 'json';
}

/**
 * Tells whoever reads the log something, on standard error: standard output is the app's. `fields`: what of it a program may want by name.
 * `below`: further lines for people, of what the fields say.
 */
export function say(
  event: LogEvent,
  text: string,
  fields: LogFields = {},
  below: readonly string[] = [],
): void {
  if (format === 'json') return console.error(logLine(event, text, fields));
  workerLines.flush();
  print([text, ...below].join('\n'));
}

/** Tells what keeps something from being done. */
export function sayError(error: unknown): void {
  const { message, stack, code } = error as NodeJS.ErrnoException;
  say('error', message, error instanceof BatonError ? { code } : { code, stack });
}

/** Tells something of a worker, for people together with the same of others. `detail`: what belongs to this one alone. */
export function sayOfWorker(
  event: LogEvent,
  worker: ToldWorker,
  text: string | Worded,
  fields: LogFields = {},
  detail = '',
): void {
  if (format === 'text') return workerLines.tell(worker, text, detail);
  const { slot, pid } = worker;
  const message = `${nameWorker(slot, pid)} ${wordedFor(text).one}${detail}`;
  console.error(logLine(event, message, { slot, pid, ...fields }));
}
