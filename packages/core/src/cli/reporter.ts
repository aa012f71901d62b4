import { version } from '../version.js';
import { formatSeconds } from './control-options.js';
import type { WorkerInfo } from '../metrics/snapshot.js';
import type { ListenerInfo } from '../primary/listener-table.js';
import { describeReason } from '../primary/events-log.js';
import type { Primary } from '../primary/primary.js';
import { describeExit } from '../primary/worker-handle.js';
import { describeSlowness } from './slowness.js';

/** Tells the person at the terminal what a primary does. All of it goes to standard error: standard output is the app's. */
export class Reporter {
  readonly #primary: Primary;
  #booted = false;

  constructor(primary: Primary) {
    this.#primary = primary;
    primary.on('worker', (worker, { exit, error }) => {
      if (error) say(`worker ${worker.slot} could not be started: ${error.message}`);
      else if (exit && worker.state === 'crashed') this.#crashed(worker, describeExit(exit));
      else if (worker.state === 'starting' && worker.restarts > 0)
        say(`worker ${worker.slot} started again, pid ${worker.pid}`);
    });
    primary.on('slow', ({ slot, pid }, slowness) => {
      const { listenWarningMs, waitReady } = primary.options;
      const how = describeSlowness(slowness, waitReady, `${listenWarningMs / 1000} s`);
      say(`worker ${slot} (pid ${pid}) ${how}`);
    });
    primary.on('warning', say);
    primary.on('reload', ({ state, generation, startedAt, endedAt = startedAt, message }) => {
      if (state === 'running') say(`reloading to generation ${generation}`);
      else
        say(
          state === 'done'
            ? `reloaded in ${formatSeconds(endedAt - startedAt)}`
            : (message ?? 'the reload has failed'),
        );
    });
    primary.on('recycle', ({ slot, pid }, reason, error) => {
      const why = describeReason(reason);
      say(
        `worker ${slot} (pid ${pid}) ${why}: ${error ? `it stays, since ${error.message}` : 'it was replaced'}`,
      );
    });
    primary.on('listening', (listener) => {
      if (this.#booted) say(`listening on ${formatListener(listener)}`);
    });
  }

  started(): void {
    this.#booted = true;
    const { addresses, metricsUrl, name, options } = this.#primary;
    const pids = this.#primary.snapshot().workers.map(({ pid }) => pid);
    say(
      [
        `${version} runs ${options.app}`,
        ...addresses.map((listener) => `  listening  ${formatListener(listener)}`),
        `  metrics    ${metricsUrl ?? 'off'}`,
        `  workers    ${options.workers} (pid ${pids.join(', ')}), ${options.handoff}, ${options.policy}`,
        `  primary    ${name === undefined ? '' : `${name}, `}pid ${process.pid}; stop it with Ctrl-C, or kill ${process.pid}`,
      ].join('\n'),
    );
  }

  stopping(signal: NodeJS.Signals, again: boolean): void {
    say(again ? `${signal} again: ending all workers now` : `${signal}: stopping the workers`);
  }

  #crashed({ slot, pid }: WorkerInfo, how: string): void {
    say(`worker ${slot} (pid ${pid}) ended ${how}${this.#booted ? '' : ' before the app was up'}`);
  }
}

export function say(text: string): void {
  console.error(`baton: ${text}`);
}

/** A URL to try where there is one to guess: most listeners speak HTTP, and TLS cannot be told from outside. */
function formatListener({ family, address, port }: ListenerInfo): string {
  if (family === 'unix') return address.replace(/^\0/, '@');
  const anywhere = address === '::' || address === '0.0.0.0';
  const host = anywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `${host}:${port}${anywhere ? ' (all addresses)' : ''}`;
}
