/** Shells and process managers often send a signal twice, to the group and to the process: that is one order to stop. */
const sameSignalMs = 500;

/** The order to stop, by SIGINT or SIGTERM. While one of these is there, the signals' default, to end the process at once, is off. */
export class StopSignals {
  #firstAt: number | undefined;
  readonly #onStop: (signal: NodeJS.Signals, again: boolean) => void;

  /** `again`: the stop that was ordered before takes too long. */
  constructor(onStop: (signal: NodeJS.Signals, again: boolean) => void) {
    this.#onStop = onStop;
    process.on('SIGINT', (signal) => this.#onSignal(signal));
    process.on('SIGTERM', (signal) => this.#onSignal(signal));
  }

  get ordered(): boolean {
    return this.#firstAt !== undefined;
  }

  #onSignal(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.#firstAt !== undefined && now - this.#firstAt < sameSignalMs) return;
    const again = this.ordered;
    this.#firstAt ??= now;
    this.#onStop(signal, again);
  }
}
