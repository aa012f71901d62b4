import { Transform, type TransformCallback, type Writable } from 'node:stream';
import { prefixAll } from './line-prefix.js';

/** How long what a worker that is starting has written is held: for it to end, if that was an error of which it ends. */
const holdMs = 250;

/** More is no error that others have as well. */
const mostHeldBytes = 64 * 1024;

/** How long an error waits for others to have the same, while there are workers that may. */
const waitMs = 1_000;

const newline = 0x0a;

interface BootError {
  text: Buffer;
  slots: number[];
}

/**
 * The errors of which workers have ended before they were ready, at a terminal: the same of several workers, which an app that cannot
 * start has, is shown once, with `×n` before each line in the place of a slot.
 */
export class BootErrors {
  readonly #destination: Writable;
  /** The output of workers that may come to have one. */
  readonly #starting = new Set<BootOutput>();
  readonly #errors: BootError[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(destination: Writable) {
    this.#destination = destination;
  }

  /** For the standard error of a worker that is starting. */
  open(slot: number): BootOutput {
    const output = new BootOutput((error) => {
      if (!this.#starting.delete(output)) return;
      if (error !== undefined) this.#add(slot, error);
      if (this.#starting.size === 0) this.#show();
    });
    this.#starting.add(output);
    return output;
  }

  #add(slot: number, text: Buffer): void {
    const same = this.#errors.find((error) => error.text.equals(text));
    if (same) same.slots.push(slot);
    else this.#errors.push({ text, slots: [slot] });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#show(), waitMs).unref();
  }

  #show(): void {
    clearTimeout(this.#timer);
    for (const { text, slots } of this.#errors.splice(0)) {
      const who = slots.length === 1 ? String(slots[0]) : `×${slots.length}`;
      if (this.#destination.writable) this.#destination.write(prefixAll(Buffer.from(`${who} | `), text));
    }
  }
}

/**
 * Passes on what a worker writes to standard error; until it is ready, a little later. What it has written last when it ends with an
 * error, before it is ready, is passed on to nobody: `onSettled` gets it, or nothing, once.
 */
export class BootOutput extends Transform {
  readonly #onSettled: (error: Buffer | undefined) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;
  #hasFailed = false;
  #isInLine = false;
  /** Whether the worker has ended with an error. */
  #endedBadly: boolean | undefined;
  #onFlushed: TransformCallback | undefined;

  constructor(onSettled: (error: Buffer | undefined) => void) {
    super();
    this.#onSettled = onSettled;
  }

  /** It is ready, or writes too much: from now on nothing is held. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.release();
    this.#onSettled(undefined);
  }

  /** The app has thrown, and the worker is about to end: what it writes is held until then. */
  fail(): void {
    this.#hasFailed = true;
    clearTimeout(this.#timer);
  }

  /** The process has ended. */
  exit(isWell: boolean): void {
    this.#endedBadly = !isWell;
    if (this.#onFlushed) this.#settle();
  }

  /** Nothing more is expected, although the end of what it writes has not come: others may have the pipe. */
  giveUp(): void {
    if (!this.#onFlushed) this.#settle();
  }

  /** Passes on what is held. */
  release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const chunk of this.#held.splice(0)) this.#pass(chunk);
    this.#heldBytes = 0;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    if (this.#isOpen) this.#pass(chunk);
    else this.#hold(chunk);
    done();
  }

  /** How the process has ended may be known a little later than that its output has. */
  override _flush(done: TransformCallback): void {
    this.#onFlushed = done;
    if (this.#endedBadly !== undefined) this.#settle();
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > mostHeldBytes) this.open();
    else if (!this.#hasFailed) this.#timer ??= setTimeout(() => this.release(), holdMs).unref();
  }

  #pass(chunk: Buffer): void {
    this.#isInLine = chunk.at(-1) !== newline;
    this.push(chunk);
  }

  #settle(): void {
    const isError = this.#endedBadly === true && this.#held.length > 0 && !this.#isInLine && !this.#isOpen;
    if (isError) {
      clearTimeout(this.#timer);
      this.#onSettled(Buffer.concat(this.#held.splice(0)));
      this.#isOpen = true;
    } else {
      this.open();
    }
    this.#onFlushed?.();
  }
}
