import type { Primary } from '../primary/primary.js';
import { say } from './reporter.js';

/**
 * The signals that drive a running primary: HUP reloads, TTIN and TTOU start one worker more and end one. They never reach the
 * app. USR1 is the inspector's.
 */
export class ControlSignals {
  /** What a signal is for; undefined while there is no app to be driven. */
  #primary: Primary | undefined;

  constructor() {
    process.on('SIGHUP', () => this.#onSignal('SIGHUP', 'reloading', (primary) => primary.reload()));
    process.on('SIGTTIN', () =>
      this.#onSignal('SIGTTIN', 'one worker more', (primary) => primary.scaleBy(1)),
    );
    process.on('SIGTTOU', () =>
      this.#onSignal('SIGTTOU', 'one worker fewer', (primary) => primary.scaleBy(-1)),
    );
    // Its default would end this process at once.
    process.on('SIGUSR2', () =>
      say('SIGUSR2: this version cannot hand over to a new primary; nothing is done'),
    );
  }

  drive(primary: Primary | undefined): void {
    this.#primary = primary;
  }

  #onSignal(signal: string, what: string, act: (primary: Primary) => Promise<unknown>): void {
    const primary = this.#primary;
    if (primary === undefined) return say(`${signal}: the app is not up; nothing is done`);
    say(`${signal}: ${what}`);
    act(primary).catch((error: Error) => say(error.message));
  }
}
