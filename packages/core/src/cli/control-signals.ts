import { BatonError } from '../errors.js';
import type { Primary } from '../primary/primary.js';
import { formatWorkers } from './control-options.js';
import { say } from './say.js';

/** What a signal has the primary do. Resolves with what came of it, unless others tell of that. */
interface Order {
  signal: NodeJS.Signals;
  what: string;
  act: (primary: Primary) => Promise<string | undefined>;
}

const orders: readonly Order[] = [
  {
    signal: 'SIGHUP',
    what: 'reloading',
    act: async (primary) => {
      await primary.reload();
      return undefined;
    },
  },
  { signal: 'SIGTTIN', what: 'one worker more', act: (primary) => scaleBy(primary, 1) },
  { signal: 'SIGTTOU', what: 'one worker fewer', act: (primary) => scaleBy(primary, -1) },
];

async function scaleBy(primary: Primary, change: number): Promise<string> {
  await primary.scaleBy(change);
  return `scaled to ${formatWorkers(primary.status().slots)}`;
}

/**
 * The signals that drive a running primary: HUP reloads, TTIN and TTOU start one worker more and end one. They never reach the
 * app. USR1 is the inspector's.
 */
export class ControlSignals {
  /** Whom the signals are for; undefined while there is no app to be driven. */
  #primary: Primary | undefined;

  constructor() {
    for (const order of orders) process.on(order.signal, () => void this.#obey(order));
    // Its default would end this process at once.
    process.on('SIGUSR2', () =>
      say('SIGUSR2: this version cannot hand over to a new primary; nothing is done'),
    );
  }

  drive(primary: Primary | undefined): void {
    this.#primary = primary;
  }

  async #obey({ signal, what, act }: Order): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined) return say(`${signal}: the app is not up; nothing is done`);
    say(`${signal}: ${what}`);
    try {
      const outcome = await act(primary);
      if (outcome !== undefined) say(`${signal}: ${outcome}`);
    } catch (error) {
      if (!isToldByOthers(error)) say((error as Error).message);
    }
  }
}

/** The reporter tells of reloads, and whoever stops the primary knows why one came to nothing. */
function isToldByOthers(error: unknown): boolean {
  return error instanceof BatonError && ['BATON_STOPPED', 'BATON_RELOAD_FAILED'].includes(error.code);
}
