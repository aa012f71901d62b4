import { constants } from 'node:os';
import { BatonError } from '../errors.js';
import { loadNative } from '../addon/load.js';
import type { Primary } from '../primary/primary.js';
import { formatWorkers } from './control-options.js';
import type { ControllingTerminal } from './controlling-terminal.js';
import { say, sayError } from './say.js';
import type { StopSignals } from './stop-signals.js';

/** What a signal has the primary do. Resolves with what came of it, unless others tell of that. */
interface Order {
  signal: NodeJS.Signals;
  what: string;
  act: (primary: Primary) => Promise<string | undefined>;
}

const reloading: Order = {
  signal: 'SIGHUP',
  what: 'reloading',
  act: async (primary) => {
    await primary.reload();
    return undefined;
  },
};

const scaling: readonly Order[] = [
  { signal: 'SIGTTIN', what: 'adding one worker', act: (primary) => scaleBy(primary, 1) },
  { signal: 'SIGTTOU', what: 'removing one worker', act: (primary) => scaleBy(primary, -1) },
];

async function scaleBy(primary: Primary, change: number): Promise<string> {
  await primary.scaleBy(change);
  return `scaled to ${formatWorkers(primary.status().slots)}`;
}

/**
 * The signals that drive a running primary: HUP reloads, TTIN and TTOU start one worker more and end one. They never reach the
 * app. USR1 is the inspector's. A terminal sends some of them, too: HUP when it is closed, TTIN and TTOU when something in its background
 * reads or writes.
 */
export class ControlSignals {
  readonly #stop: StopSignals;
  readonly #terminal: ControllingTerminal;
  /** Whom the signals are for; undefined while there is no app to be driven. */
  #primary: Primary | undefined;

  constructor(stop: StopSignals, terminal: ControllingTerminal) {
    this.#stop = stop;
    this.#terminal = terminal;
    const signals = new (loadNative().Signals)((_signal, sender) => this.#onHangUp(sender));
    signals.watch(constants.signals.SIGHUP);
    for (const order of scaling) this.#watch(order);
    // Its default would end this process at once.
    process.on('SIGUSR2', () => {
      this.#primary?.noteSignal('SIGUSR2');
      say('signal', 'SIGUSR2: ignored, since this version cannot hand over to a new primary', {
        signal: 'SIGUSR2',
      });
    });
  }

  drive(primary: Primary | undefined): void {
    this.#primary = primary;
  }

  /** The kernel sends it to those in the foreground of a terminal that is closed, and the shell there passes it on to its jobs. */
  #onHangUp(sender: number): void {
    const isPassedOn = sender === this.#terminal.sessionLeader && this.#terminal.role === 'none';
    if (sender === 0 || isPassedOn) this.#stop.onHangUp();
    else void this.#obey(reloading);
  }

  #watch(order: Order): void {
    const { signal } = order;
    const onSignal = (): void => {
      if (this.#terminal.role !== 'background') return void this.#obey(order);
      // It stops the job, with the workers, until the shell has it go on: what it does to a process that does not listen.
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
      process.on(signal, onSignal);
    };
    process.on(signal, onSignal);
  }

  async #obey({ signal, what, act }: Order): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined)
      return say('signal', `${signal}: ignored, since the app has not started`, { signal });
    say('signal', `${signal}: ${what}`, { signal });
    try {
      const outcome = await act(primary);
      if (outcome !== undefined)
        say('scaled', `${signal}: ${outcome}`, { signal, workers: primary.status().slots });
    } catch (error) {
      if (!isToldByOthers(error)) sayError(error);
    }
  }
}

/** The reporter tells of reloads, and whoever stops the primary knows why one came to nothing. */
function isToldByOthers(error: unknown): boolean {
  return error instanceof BatonError && ['BATON_STOPPED', 'BATON_RELOAD_FAILED'].includes(error.code);
}
