import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { outsideSignals, type OutsideSignal } from '../channel/messages.js';
import { loadNative } from '../addon/load.js';
import type { NativeSignals } from '../native.js';

/** Those that end a process; the others drive a primary. */
const ending: readonly OutsideSignal[] = ['SIGTERM', 'SIGINT'];

/**
 * The signals of this process. What comes from outside may have come to the primary as well, which a terminal or a supervisor sends to
 * all of a group: so nobody hears of it here before the primary has said what it means. What the app sends to its own process is its
 * own affair, with the default effect where it does not listen.
 */
export class Signals {
  readonly #native: NativeSignals;

  /** `onSignal` is told of each that comes from outside, and when it came, as `process.hrtime()` has it. */
  constructor(onSignal: (signal: OutsideSignal, atMs: number) => void) {
    this.#native = new (loadNative().Signals)((number, _sender, atMs) => {
      const signal = outsideSignals.find((name) => constants.signals[name] === number);
      if (signal !== undefined) onSignal(signal, atMs);
    });
    // Before one is added, and after one is removed.
    process.on('newListener', (event) => this.#setHeard(event, true));
    process.on('removeListener', (event) => this.#setHeard(event, process.listenerCount(event) > 0));
    for (const signal of outsideSignals) if (!ending.includes(signal)) this.#watch(signal);
  }

  /** From here on for those too that end a process. Before, while the app starts, they end it at once, as they do alone. */
  watchEnding(): void {
    for (const signal of ending) this.#watch(signal);
  }

  isHeard(signal: NodeJS.Signals): boolean {
    return process.listenerCount(signal) > 0;
  }

  /** The first of them for which the app listens. */
  firstHeard(signals: readonly NodeJS.Signals[]): NodeJS.Signals | undefined {
    return signals.find((signal) => this.isHeard(signal));
  }

  /** Has the app hear it, as Node does; where it does not listen, the signal has its default effect. */
  deliver(signal: NodeJS.Signals): void {
    if (this.isHeard(signal)) (process as EventEmitter).emit(signal, signal, constants.signals[signal]);
    else process.kill(process.pid, signal);
  }

  /** Ends the process as the first of the signals does that ends one where nobody listens. */
  endBy(signals: readonly NodeJS.Signals[]): void {
    const signal = signals.find((name) => (ending as readonly string[]).includes(name)) ?? 'SIGTERM';
    process.kill(process.pid, signal);
  }

  #watch(signal: OutsideSignal): void {
    this.#native.watch(constants.signals[signal]);
  }

  #setHeard(event: string | symbol, isHeard: boolean): void {
    const signal = outsideSignals.find((name) => name === event);
    if (signal !== undefined) this.#native.setHeard(constants.signals[signal], isHeard);
  }
}
