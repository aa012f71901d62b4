import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';

/** Whom a screen tells. */
export interface ScreenObserver {
  /** A key with a character; Ctrl-C comes as `q`. */
  onKey(key: string): void;
  onResize(): void;
}

// xterm's control sequences, which all terminals in use know: alternate screen, cursor, wrapping of long lines.
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const home = '\x1b[H';
const clearLine = '\x1b[2K';

const endings: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Owns the terminal from open() until close(), which also comes with the end of the process, whatever that is but SIGKILL. */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #observer: ScreenObserver;
  #isOpen = false;

  constructor(input: ReadStream, output: WriteStream, observer: ScreenObserver) {
    this.#input = input;
    this.#output = output;
    this.#observer = observer;
  }

  get size(): { columns: number; rows: number } {
    const { columns, rows } = this.#output;
    // Both are 0 in a terminal that does not know its size.
    return { columns: columns || 80, rows: rows || 24 };
  }

  open(): void {
    this.#isOpen = true;
    // On an uncaught error Node emits this before it prints the error, which thus is not lost with the alternate screen.
    process.on('exit', this.#onExit);
    for (const signal of endings) process.on(signal, this.#onSignal);
    emitKeypressEvents(this.#input);
    this.#input.on('keypress', this.#onKeypress).on('end', this.#onHangUp).setRawMode(true).resume();
    this.#output.on('resize', this.#onResize).on('error', this.#onHangUp).write(enter);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#onExit);
    for (const signal of endings) process.off(signal, this.#onSignal);
    this.#input.off('keypress', this.#onKeypress).off('end', this.#onHangUp).setRawMode(false).pause();
    // The listener for errors stays: this is written to a terminal that may be gone.
    this.#output.off('resize', this.#onResize).write(leave);
  }

  /** Shows a text of as many lines as the terminal has. Longer lines end at its edge. */
  draw(text: string): void {
    // Each line is cleared first: after a line as wide as the terminal, the cursor is still on its last character.
    if (this.#isOpen) this.#output.write(home + clearLine + text.replaceAll('\n', `\r\n${clearLine}`));
  }

  readonly #onExit = (): void => this.close();

  readonly #onResize = (): void => this.#observer.onResize();

  /** The terminal was closed. */
  readonly #onHangUp = (): void => this.#observer.onKey('q');

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.close();
    // Without a listener it ends the process, and who waits for that sees why.
    process.kill(process.pid, signal);
  };

  readonly #onKeypress = (character: string | undefined, { ctrl, name }: Key): void => {
    if (ctrl && name === 'c') this.#observer.onKey('q');
    else if (character !== undefined) this.#observer.onKey(character);
  };
}
