import { BatonError } from '../errors.js';
import { version } from '../version.js';
import { formatSeconds } from './control-options.js';
import type { WorkerInfo } from '../metrics/snapshot.js';
import { oneLine } from '../printable.js';
import { describeCutOff } from '../primary/cut-off.js';
import { describeRequest } from '../primary/describe-request.js';
import { describeReason } from '../primary/events-log.js';
import { nameAddress } from '../primary/listen-address.js';
import type { Primary } from '../primary/primary.js';
import { RestartWatch } from '../primary/restart-watch.js';
import { describeEnd, hasEndedAsTold } from '../primary/worker-end.js';
import type { WorkerDetail } from '../primary/worker-pool.js';
import type { ReloadStatus } from '../status.js';
import { describeTightMemory } from './memory-warning.js';
import { say, workerLines } from './say.js';
import { describeSlowness } from './slowness.js';
import { usualWaitMs } from './worker-lines.js';

/** While the app boots, there is nothing else to tell, so that what becomes of one worker can wait for what becomes of the others. */
const bootWaitMs = 1_000;

/** Tells the person at the terminal what a primary does. All of it goes to standard error: standard output is the app's. */
export class Reporter {
  readonly #primary: Primary;
  readonly #restarts = new RestartWatch();
  /** What a reload has replaced so far. */
  #replaced: (() => void)[] = [];
  #booted = false;

  constructor(primary: Primary) {
    this.#primary = primary;
    workerLines.waitMs = bootWaitMs;
    primary.on('worker', (worker, detail) => this.#onWorker(worker, detail));
    primary.on('slow', (worker, slowness) => {
      const { listenWarningMs, waitReady } = primary.options;
      workerLines.tell(worker, describeSlowness(slowness, waitReady, `${listenWarningMs / 1000} s`));
    });
    primary.on('replaced', ({ slot, pid }, before, reason) => {
      // A recycle is told by itself.
      if (reason !== 'reload') return;
      // Told together at the end of the reload.
      this.#replaced.push(() => workerLines.tell({ slot }, 'replaced', describeReplacement(pid, before.pid)));
    });
    primary.on('cutOff', (worker, cut) => {
      const seconds = primary.options.drainTimeoutMs / 1000;
      workerLines.tell(worker, `closed ${describeCutOff(cut)} after ${seconds} s (--drain-timeout)`);
    });
    primary.on('warning', say);
    primary.on('command', (request) => say(`${request.command}: ${describeRequest(request)}`));
    primary.on('reload', (status) => this.#onReload(status));
    primary.on('recycle', (worker, reason, error) => {
      const isLimit = error instanceof BatonError && error.code === 'BATON_LIMIT_TOO_LOW';
      if (isLimit) return say(error.message);
      const outcome = error ? `it stays, since ${error.message}` : 'it was replaced';
      workerLines.tell(worker, `${describeReason(reason)}: ${outcome}`);
    });
    primary.on('listening', (listener) => {
      if (this.#booted) say(`listening on ${oneLine(nameAddress(listener))}`);
    });
    primary.on('stopped', () => workerLines.flush());
  }

  started(): void {
    this.#booted = true;
    workerLines.waitMs = usualWaitMs;
    const { addresses, metricsUrl, name, options } = this.#primary;
    const pids = this.#primary.snapshot().workers.flatMap(({ pid }) => pid ?? []);
    say(
      [
        `${version} runs ${options.app}`,
        ...addresses.map((listener) => `  listening  ${oneLine(nameAddress(listener))}`),
        `  metrics    ${metricsUrl ?? 'off'}`,
        `  workers    ${options.workers} (pid ${pids.join(', ')}), ${options.handoff}, ${options.policy}`,
        `  primary    ${name === undefined ? '' : `${name}, `}pid ${process.pid}; stop it with Ctrl-C, or kill ${process.pid}`,
      ].join('\n'),
    );
    const tightness = describeTightMemory(options);
    if (tightness !== undefined) say(tightness);
  }

  #endedBadly(worker: WorkerInfo, how: string): void {
    const what = `told to end, and ended ${how}`;
    workerLines.tell(worker, { one: `was ${what}`, many: `were ${what}` });
  }

  #onReload({ state, generation, startedAt, endedAt = startedAt, message }: ReloadStatus): void {
    if (state === 'running') say(`reloading to generation ${generation}`);
    else if (state === 'done') say(`reloaded in ${formatSeconds(endedAt - startedAt)}`);
    else say(message ?? 'the reload has failed');
    for (const tell of this.#replaced.splice(0)) tell();
  }

  #onWorker(worker: WorkerInfo, detail: WorkerDetail): void {
    const { exit, deadline, error } = detail;
    const { slot, pid } = worker;
    if (this.#restarts.isRestart(worker, detail)) workerLines.tell({ slot }, 'started again', `, pid ${pid}`);
    else if (error) workerLines.tell(worker, `could not be started: ${error.message}`);
    else if (exit && worker.state === 'crashed')
      workerLines.tell(
        worker,
        `ended ${describeEnd(exit, deadline)}${this.#booted ? '' : ' before the app was up'}`,
      );
    else if (exit && !hasEndedAsTold(exit)) this.#endedBadly(worker, describeEnd(exit, deadline));
  }
}

/** The one before may have been a crashed one that could not be started again. */
function describeReplacement(pid: number | undefined, before: number | undefined): string {
  return before === undefined ? `: pid ${pid}` : `: pid ${pid} is in the place of pid ${before}`;
}
