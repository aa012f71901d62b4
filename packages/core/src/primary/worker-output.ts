import type { ChildProcess } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { BootErrors } from './boot-errors.js';
import { LinePrefix } from './line-prefix.js';
import { within } from './within.js';

/** Standard output and error of this process. At a terminal, lines of several workers would mix there. */
export interface Terminal {
  stdout: Writable & Partial<Pick<WriteStream, 'isTTY' | 'getColorDepth'>>;
  stderr: Writable & Partial<Pick<WriteStream, 'isTTY'>>;
}

type OutputStdio = ['pipe' | 'inherit', 'pipe' | 'inherit'];

/** How a worker's standard output and error are made: raw inheritance, unless they end at a terminal, and are to have prefixes there. */
export function outputStdio(isPrefixed = true, { stdout, stderr }: Terminal = process): OutputStdio {
  if (!isPrefixed) return ['inherit', 'inherit'];
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
  isPrefixed = true,
  terminal: Terminal = process,
): { FORCE_COLOR?: string } {
  const isPiped = outputStdio(isPrefixed, terminal).every((kind) => kind === 'pipe');
  if (!isPiped || env['FORCE_COLOR'] !== undefined || env['NO_COLOR'] !== undefined) return {};
  const level = forceColor.get(terminal.stdout.getColorDepth?.(env) ?? 1);
  return level === undefined ? {} : { FORCE_COLOR: level };
}

/** How long what a worker has left in its pipe may take to be read. */
const leftoverMs = 100;

/** What a worker writes, where it is shown by this process. */
export interface WorkerOutput {
  /** Resolves when all that it has written is passed on, or will not come any more. */
  ended: Promise<unknown>;
  /** Whether anything has come so far. */
  readonly hasWritten: boolean;
  /** The worker is ready. */
  onReady(): void;
  /** The app has thrown what nobody caught. */
  onFailed(): void;
}

const bootErrors = new WeakMap<Writable, BootErrors>();

/** Writes what a worker writes, if it does so through pipes, with its slot before each line. */
export function showOutput(worker: ChildProcess, slot: number, terminal: Terminal = process): WorkerOutput {
  const boot = worker.stderr === null ? undefined : bootErrorsAt(terminal.stderr).open(slot);
  let hasWritten = false;
  const ended = (['stdout', 'stderr'] as const).map(async (name) => {
    const source = worker[name] as Socket | null;
    if (source === null) return;
    source.once('data', () => (hasWritten = true));
    const shown = name === 'stderr' && boot ? source.pipe(boot) : source;
    // What it had written before goes before.
    if (name === 'stdout') source.on('data', () => boot?.release());
    const lines = shown.pipe(new LinePrefix(`${slot} | `));
    forward(lines, terminal[name]);
    // Others may have inherited the pipe, and keep it: they must not keep this process. No event tells that it is empty.
    // Or could not be started.
    const hasExited = once(worker, 'exit').catch(() => {});
    const hasEnded = once(lines, 'end');
    await hasExited;
    await within(leftoverMs, hasEnded);
    source.unref();
  });
  worker.once('exit', (code) => boot?.exit(code === 0));
  const all = Promise.all(ended).then(() => boot?.giveUp());
  return {
    ended: all,
    get hasWritten() {
      return hasWritten;
    },
    onReady: () => boot?.open(),
    onFailed: () => boot?.fail(),
  };
}

function bootErrorsAt(destination: Writable): BootErrors {
  const errors = bootErrors.get(destination) ?? new BootErrors(destination);
  bootErrors.set(destination, errors);
  return errors;
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
