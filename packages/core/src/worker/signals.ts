import type { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { outsideSignals, type OutsideSignal } from '../channel/messages.js';
import { loadNative, type NativeSignals } from '../native.js';

/** Those that end a process; the others drive a primary. */
const ending: readonly OutsideSignal[] = ['SIGTERM', 'SIGINT'];

/**
 * The signals of this process. What comes from outside may have come to the primary as well, which a terminal or a supervisor sends to
 * all of a group: so nobody hears of it here before the primary has said what it means. What the app sends to its own process is its
 * own affair, with the default effect where it does not listen.
 */
export class Signals {
  readonly #native: NativeSignals;
  readonly #watched = new Set<string>();

  /** `onSignal` is told of each that comes from outside. */
  constructor(onSignal: (signal: OutsideSignal) => void) {
    this.#native = new (loadNative().Signals)((number) => {
      const signal = outsideSignals.find((name) => constants.signals[name] === number);
      if (signal !== undefined) onSignal(signal);
    });
    this.#watchKill();
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
    if (this.#native.watch(constants.signals[signal]) === 0) this.#watched.add(signal);
  }

  /** A signal that is watched has a handler, so where the app does not listen it would have no effect. */
  #watchKill(): void {
    // A proxy has the name, the length and the text of what is behind it.
    const kill: object = Reflect.get(process, 'kill');
    process.kill = new Proxy(kill as typeof process.kill, {
      apply: (target, self, args: readonly unknown[]) => {
        const [pid, signal = 'SIGTERM'] = args;
        const name = outsideSignals.find((known) => signal === known || signal === constants.signals[known]);
        const hasDefault =
          name !== undefined && Number(pid) === process.pid && this.#watched.has(name) && !this.isHeard(name);
        if (hasDefault) this.#native.release(constants.signals[name]);
        const result = Reflect.apply(target, self, args) as true;
        // It was one that stops the process, which goes on.
        if (hasDefault) this.#watch(name);
        return result;
      },
    });
  }
}
