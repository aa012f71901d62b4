import { printable } from '../printable.js';
import { WorkerLines } from './worker-lines.js';

const print = (line: string): void => console.error(printable(`baton: ${line}`));

/** What is told of workers, in lines. */
export const workerLines = new WorkerLines(print);

// What waits to be told with its like.
process.on('exit', () => workerLines.flush());

/** Tells the person at the terminal something, on standard error: standard output is the app's. */
export function say(text: string): void {
  workerLines.flush();
  print(text);
}
