import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { LinePrefix } from './line-prefix.js';

/** Standard output and error of this process. At a terminal, lines of several workers would mix there. */
export interface Terminal {
  stdout: Writable & Partial<Pick<WriteStream, 'isTTY' | 'getColorDepth'>>;
  stderr: Writable & Partial<Pick<WriteStream, 'isTTY'>>;
}

type OutputStdio = ['pipe' | 'inherit', 'pipe' | 'inherit'];

/** How a worker's standard output and error are made: raw inheritance, unless they end at a terminal. */
export function outputStdio({ stdout, stderr }: Terminal = process): OutputStdio {
  return [stdout.isTTY ? 'pipe' : 'inherit', stderr.isTTY ? 'pipe' : 'inherit'];
}

/** FORCE_COLOR by the bits of a color that the terminal has, as supports-color and Node read it. */
const forceColor = new Map([
  [4, '1'],
  [8, '2'],
  [24, '3'],
]);

/** What tells a worker that there is a terminal behind its pipes, unless its environment has a say in colors already. */
export function outputEnvironment(
  env: Readonly<NodeJS.ProcessEnv>,
  terminal: Terminal = process,
): { FORCE_COLOR?: string } {
  const isPiped = outputStdio(terminal).every((kind) => kind === 'pipe');
  if (!isPiped || env['FORCE_COLOR'] !== undefined || env['NO_COLOR'] !== undefined) return {};
  const level = forceColor.get(terminal.stdout.getColorDepth?.(env) ?? 1);
  return level === undefined ? {} : { FORCE_COLOR: level };
}

/** How long what a worker has left in its pipe may take to be read. */
const leftoverMs = 100;

/** Writes what a worker writes, if it does so through pipes, with its slot before each line. */
export function showOutput(worker: ChildProcess, slot: number, terminal: Terminal = process): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const source = worker[name] as Socket | null;
    const destination = terminal[name];
    if (source === null) continue;
    forward(source.pipe(new LinePrefix(`${slot} | `)), destination);
    // Others may have inherited the pipe, and keep it: they must not keep this process. No event tells that it is empty.
    worker.once('exit', () => {
      const timer = setTimeout(() => source.unref(), leftoverMs);
      source.once('close', () => clearTimeout(timer));
    });
  }
}

/** As pipe() does, but where the destination fails, it reads on for nobody: a worker must not wait for a terminal that is gone. */
function forward(source: Readable, destination: Writable): void {
  const goOn = (): void => void source.resume();
  const events = ['drain', 'error', 'close'] as const;
  // There are as many writers as workers.
  setMaxListeners(0, destination);
  for (const event of events) destination.on(event, goOn);
  source.on('data', (text: Buffer) => {
    if (destination.writable && !destination.write(text)) source.pause();
  });
  source.once('end', () => {
    for (const event of events) destination.off(event, goOn);
  });
}
