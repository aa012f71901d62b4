import type { ControllingTerminal } from './controlling-terminal.js';
import { say } from './say.js';

/** Shells and process managers often send a signal twice, to the group and to the process: that is one order to stop. */
const sameSignalMs = 500;

/** Whom the orders to stop are for. */
export interface Stoppable {
  /** `delayMs`: for how long the app is still served; undefined: as the app wants it. */
  stop(signal: 'SIGINT' | 'SIGTERM', delayMs: number | undefined): void;
  /** The stop that was ordered before takes too long. */
  kill(): void;
  /** How long the stop may take. */
  readonly stopTimeoutMs: number;
}

/** The order to stop, by SIGINT or SIGTERM. While one of these is there, the signals' default, to end the process at once, is off. */
export class StopSignals {
  readonly #subject: Stoppable;
  readonly #terminal: ControllingTerminal;
  #firstAt: number | undefined;
  #isWaitTold = false;

  constructor(subject: Stoppable, terminal: ControllingTerminal) {
    this.#subject = subject;
    this.#terminal = terminal;
    process.on('SIGINT', () => this.#onSignal('SIGINT'));
    process.on('SIGTERM', () => this.#onSignal('SIGTERM'));
  }

  get ordered(): boolean {
    return this.#firstAt !== undefined;
  }

  /** The terminal is gone, and whoever was there with it. */
  onHangUp(): void {
    if (this.ordered) return;
    this.#firstAt = performance.now();
    say('signal', 'SIGHUP: the terminal was closed: stopping the workers', { signal: 'SIGHUP' });
    this.#subject.stop('SIGTERM', 0);
  }

  #onSignal(signal: 'SIGINT' | 'SIGTERM'): void {
    const now = performance.now();
    // By Ctrl-C. A container may have a terminal, too, and be sent SIGTERM by its platform.
    const isOfPerson = signal === 'SIGINT' && this.#terminal.role === 'foreground';
    if (this.#firstAt === undefined) {
      this.#firstAt = now;
      say('signal', `${signal}: stopping the workers`, { signal });
      return this.#subject.stop(signal, isOfPerson ? 0 : undefined);
    }
    const sinceMs = now - this.#firstAt;
    if (sinceMs < sameSignalMs) return;
    const leftMs = this.#subject.stopTimeoutMs - sinceMs;
    // Platforms send several; who presses Ctrl-C again does not want to wait.
    if (isOfPerson || leftMs <= 0) {
      say('signal', `${signal} again: ending all workers now`, { signal });
      return this.#subject.kill();
    }
    if (!this.#isWaitTold)
      say(
        'signal',
        `${signal} again: the workers still have ${Math.ceil(leftMs / 1_000)} s (--stop-timeout)`,
        { signal },
      );
    this.#isWaitTold = true;
  }
}
