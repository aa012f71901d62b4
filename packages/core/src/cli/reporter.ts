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
import { exitFields } from './exit-fields.js';
import { isForPrograms, say, sayOfWorker, workerLines } from './say.js';
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
      const text = describeSlowness(slowness, waitReady, `${listenWarningMs / 1000} s`);
      sayOfWorker('slow', worker, text, { generation: worker.generation, waiting: slowness.waiting });
    });
    primary.on('replaced', (worker, before, reason) => {
      // A recycle is told by itself.
      if (reason === 'reload') this.#onReplaced(worker, before);
    });
    primary.on('cutOff', (worker, cut) => {
      const seconds = primary.options.drainTimeoutMs / 1000;
      const text = `closed ${describeCutOff(cut)} after ${seconds} s (--drain-timeout)`;
      sayOfWorker('cut-off', worker, text, { generation: worker.generation, ...cut });
    });
    primary.on('warning', (message) => say('warning', message));
    primary.on('command', (request) => {
      const { command, pid: byPid, uid: byUid } = request;
      say('command', `${command}: ${describeRequest(request)}`, { command, byPid, byUid });
    });
    primary.on('reload', (status) => this.#onReload(status));
    primary.on('recycle', (worker, reason, error) => {
      const { slot, pid, generation } = worker;
      const event = error ? 'recycle-failed' : 'recycled';
      const code = error instanceof BatonError ? error.code : undefined;
      if (error && code === 'BATON_LIMIT_TOO_LOW')
        return say(event, error.message, { slot, pid, generation, reason, code });
      const outcome = error ? `it keeps running: ${error.message}` : 'it was replaced';
      sayOfWorker(event, worker, `${describeReason(reason)}: ${outcome}`, { generation, reason, code });
    });
    primary.on('listening', (listener) => {
      const address = oneLine(nameAddress(listener));
      if (this.#booted) say('listening', `listening on ${address}`, { address });
    });
    primary.on('stopped', () => workerLines.flush());
  }

  started(): void {
    this.#booted = true;
    workerLines.waitMs = usualWaitMs;
    const { addresses, statusUrl, metricsUrl, name, options } = this.#primary;
    const { app, workers, handoff, policy } = options;
    const listening = addresses.map((listener) => oneLine(nameAddress(listener)));
    const pids = this.#primary.snapshot().workers.flatMap(({ pid }) => pid ?? []);
    const { pid } = process;
    say(
      'started',
      `${version} runs ${app}`,
      {
        pid,
        name,
        app,
        version,
        listening,
        statusUrl,
        metricsUrl,
        workers,
        workerPids: pids,
        handoff,
        policy,
      },
      [
        ...listening.map((address) => `  listening  ${address}`),
        ...(statusUrl === undefined ? [] : [`  status     ${statusUrl}`]),
        `  metrics    ${metricsUrl ?? 'off'}`,
        `  workers    ${workers} (pid ${pids.join(', ')}), ${handoff}, ${policy}`,
        `  primary    ${name === undefined ? '' : `${name}, `}pid ${pid}; stop it with Ctrl-C, or kill ${pid}`,
      ],
    );
    const tightness = describeTightMemory(options);
    if (tightness !== undefined) say('little-memory', tightness);
  }

  #onReplaced({ slot, pid, generation }: WorkerInfo, { pid: before }: WorkerInfo): void {
    const detail = describeReplacement(pid, before);
    const tell = (): void =>
      sayOfWorker('replaced', { slot }, 'replaced', { pid, generation, pidBefore: before }, detail);
    if (isForPrograms()) tell();
    // Told together at the end of the reload.
    else this.#replaced.push(tell);
  }

  #onReload({ state, generation, startedAt, endedAt = startedAt, message }: ReloadStatus): void {
    const durationMs = endedAt - startedAt;
    if (state === 'running') say('reload-started', `reloading to generation ${generation}`, { generation });
    else if (state === 'done')
      say('reload-done', `reloaded in ${formatSeconds(durationMs)}`, { generation, durationMs });
    else say('reload-failed', message ?? 'the reload failed', { generation, durationMs });
    for (const tell of this.#replaced.splice(0)) tell();
  }

  #onWorker(worker: WorkerInfo, detail: WorkerDetail): void {
    const { exit, deadline, error, failure } = detail;
    const { slot, pid, generation } = worker;
    const end = exit && { generation, ...exitFields(exit, deadline), failure };
    if (this.#restarts.isRestart(worker, detail))
      sayOfWorker('restart', { slot }, 'started again', { pid, generation }, `, pid ${pid}`);
    else if (error) sayOfWorker('crash', worker, `could not be started: ${error.message}`, { generation });
    else if (exit && worker.state === 'crashed')
      sayOfWorker(
        'crash',
        worker,
        `ended ${describeEnd(exit, deadline)}${this.#booted ? '' : ' before the app was ready'}`,
        end,
      );
    else if (exit && !hasEndedAsTold(exit)) {
      const what = `told to end, and ended ${describeEnd(exit, deadline)}`;
      sayOfWorker('bad-exit', worker, { one: `was ${what}`, many: `were ${what}` }, end);
    }
  }
}

/** The one before may have been a crashed one that could not be started again. */
function describeReplacement(pid: number | undefined, before: number | undefined): string {
  return before === undefined ? `: pid ${pid}` : `: pid ${pid} took over from pid ${before}`;
}
