import cluster from 'node:cluster';
import { EventEmitter } from 'node:events';
import type { OutsideSignal } from '../channel/messages.js';
import type { CommandRequest } from '../control/protocol.js';
import type { ControlServer } from '../control/server.js';
import { startControl } from '../control/start.js';
import { publish } from '../diagnostics.js';
import { BatonError } from '../errors.js';
import { AdminServer } from '../metrics/admin-server.js';
import type { MetricObject } from '../metrics/app-metrics.js';
import type { Snapshot, WorkerInfo } from '../metrics/snapshot.js';
import { waitingFor } from '../native-figures.js';
import { loadNative } from '../addon/load.js';
import type { NativeDispatcher } from '../native.js';
import { checkNames, oneOf, trueOrFalse } from '../option-checks.js';
import { checkIsWhole } from '../own-package.js';
import { packageDirectory } from '../nearest-package.js';
import {
  checkStopDelay,
  checkWorkers,
  mayMoveMetrics,
  resolveOptions,
  stopSignals,
  type PrimaryOptions,
  type ResolvedOptions,
} from '../options.js';
import { namesFor } from '../socket-name.js';
import type { EventsReport, PrimaryStatus } from '../status.js';
import { AppMessages } from './app-messages.js';
import { describePrimary } from './describe-primary.js';
import { EventsLog } from './events-log.js';
import { Gatherer } from './gatherer.js';
import { describeListener, ListenerTable, type ListenerInfo } from './listener-table.js';
import type { PrimaryEvents, ReloadOptions, ReloadReport, Slowness, StopOptions } from './primary-events.js';
import { Recycler } from './recycler.js';
import { Releases, type RenewOptions } from './releases.js';
import { Supervisor } from './supervisor.js';
import { throwIfFailed } from './system-call.js';
import type { StopPlan } from './worker-pool.js';
import { WorkerReports } from './worker-reports.js';
import { WorkerSignals } from './worker-signals.js';

/**
 * Runs an HTTP app in worker processes: owns its listening sockets, hands each connection to one worker, or each worker a
 * listening socket, and starts crashed workers again. {@link PrimaryEvents} has its events.
 */
export class Primary extends EventEmitter<PrimaryEvents> {
  /** Its options, with every default filled in. */
  readonly options: ResolvedOptions;
  readonly #dispatcher: NativeDispatcher;
  readonly #listeners: ListenerTable;
  readonly #releases: Releases;
  readonly #supervisor: Supervisor;
  readonly #recycler: Recycler;
  readonly #gatherer: Gatherer;
  readonly #messages: AppMessages;
  readonly #reports: WorkerReports;
  readonly #log = new EventsLog(this);
  readonly #admin: AdminServer | undefined;
  #control: ControlServer | undefined;
  readonly #startedAt = Date.now();
  #isStarted = false;
  #isUp = false;
  #stopped: Promise<void> | undefined;

  /**
   * Checks the options; starts nothing. If `renew` is given, each reload asks it for options anew, such as those of a configuration file
   * that has changed. Throws BATON_INVALID_OPTION, BATON_UNKNOWN_OPTION, BATON_IN_WORKER, BATON_BUNDLED or BATON_ADDON_NOT_LOADED.
   */
  constructor(options: PrimaryOptions, renew?: RenewOptions) {
    super();
    checkIsWhole();
    if (cluster.isWorker) throw new BatonError('BATON_IN_WORKER', []);
    this.options = resolveOptions(options);
    const native = loadNative();
    const { queueTimeoutMs = 0 } = this.options;
    this.#dispatcher = new native.Dispatcher({ ...this.options, queueTimeoutMs }, (...event) =>
      this.#reports.take(event),
    );
    this.#listeners = new ListenerTable(native, this.#dispatcher, this.options, (listener) => {
      // Later: what the owner's code throws is no failure of listening.
      process.nextTick(() => this.emit('listening', describeListener(listener)));
    });
    this.#releases = new Releases(this.options, renew, (message) => this.#warn(message));
    this.#supervisor = new Supervisor(this.options, this.#releases, this.#dispatcher, this.#listeners, {
      onWorker: (worker, detail) => {
        publish('baton.worker.state', () => ({ worker, ...detail }));
        this.emit('worker', worker, detail);
      },
      onSlow: (worker) => this.emit('slow', worker, this.#describeSlowness(worker)),
      onGone: (worker, comesBack) => this.#listeners.releaseAll(worker, comesBack),
      onReload: (status) => {
        if (status.state === 'done') this.#listeners.settle();
        publish(status.state === 'running' ? 'baton.reload.start' : 'baton.reload.end', () => status);
        this.emit('reload', status);
      },
      onReplaced: (...replaced) => this.emit('replaced', ...replaced),
      onCutOff: (...cutOff) => this.emit('cutOff', ...cutOff),
      onSettled: (slot) => this.#listeners.dropOrphans(slot),
    });
    this.#recycler = new Recycler(this.options, this.#supervisor, (worker, reason, error) =>
      this.emit('recycle', worker, reason, error),
    );
    this.#gatherer = new Gatherer(this.options.gatherTimeoutMs, (message) => this.#warn(message));
    this.#messages = new AppMessages(this, this.#supervisor);
    const parts = {
      dispatcher: this.#dispatcher,
      listeners: this.#listeners,
      supervisor: this.#supervisor,
      gatherer: this.#gatherer,
      signals: new WorkerSignals(this.#supervisor, (...recycled) => this.emit('recycle', ...recycled)),
      messages: this.#messages,
    };
    this.#reports = new WorkerReports(parts);
    const { metrics } = this.options;
    if (metrics !== false) this.#admin = new AdminServer(metrics, this, mayMoveMetrics(options));
  }

  /**
   * Starts the workers, side by side. Resolves when all are ready, or when at least one is ready after `listenWarningMs`.
   * Rejects with BATON_NO_DIRECTORY, BATON_APP_NOT_FOUND, BATON_NO_ACCESS, BATON_METRICS_LISTEN, BATON_NAME_TAKEN or BATON_CONTROL_PATH, or with
   * BATON_BOOT_FAILED if all workers ended before they were ready. Nothing is left running then.
   */
  async start(): Promise<void> {
    if (this.#isStarted) throw new BatonError('BATON_ALREADY_STARTED', []);
    this.#isStarted = true;
    this.#releases.begin();
    try {
      await this.#startControl();
      if (this.#stopped === undefined) await this.#admin?.start((message) => this.#warn(message));
      this.#supervisor.pool.adminUrl = this.#admin?.url;
      if (this.#stopped !== undefined) throw new BatonError('BATON_STOPPED', []);
      throwIfFailed(this.#dispatcher.start(), 'epoll_create1', 'start its dispatcher');
      await this.#supervisor.boot();
      this.#isUp = true;
      this.#recycler.start();
    } catch (error) {
      await this.stop();
      // They may have been opened after stop() had looked for them.
      await this.#admin?.stop();
      await this.#control?.stop();
      throw error;
    }
  }

  /** Where the app listens, in the order in which it began to. */
  get addresses(): ListenerInfo[] {
    return this.#listeners.all().map(describeListener);
  }

  /** The name by which `baton status` and other commands find this primary; `undefined` where it has no control socket. */
  get name(): string | undefined {
    return this.#control?.name;
  }

  /** The URL of the metrics, such as `http://127.0.0.1:22866/metrics`; `undefined` where none are served. */
  get metricsUrl(): string | undefined {
    return this.#admin?.url && `${this.#admin.url}/metrics`;
  }

  /** The URL of the status page, such as `http://127.0.0.1:22866/`; `undefined` where no metrics are served. */
  get statusUrl(): string | undefined {
    return this.#admin?.url && `${this.#admin.url}/`;
  }

  /**
   * Resolves with the app's own metrics of all workers together, in the form of prom-client's `getMetricsAsJSON()`. It waits for workers for
   * `gatherTimeoutMs` at most, and for `withinMs` milliseconds at most if that is given; a worker that takes longer is left out.
   */
  appMetrics(withinMs?: number): Promise<MetricObject[]> {
    return this.#gatherer.gather(withinMs);
  }

  /**
   * Sends a message to the app in the worker of a slot: `process.on('message', (message) => …)` receives it there. It may be anything that
   * JSON can hold. Returns true if it is on its way; false if it was not sent, since no worker of that slot is ready, or 8 MiB of messages
   * wait for it already. Throws
   * BATON_INVALID_OPTION, BATON_MESSAGE_TOO_LONG beyond 1 MiB of JSON, and what `JSON.stringify()` throws.
   */
  send(slot: number, message: unknown): boolean {
    return this.#messages.send(slot, message);
  }

  /** The state of all slots, and every counter since the start. It is cheap: no worker is asked. */
  snapshot(): Snapshot {
    const workers = this.#supervisor.describe();
    const figures = this.#dispatcher.snapshot();
    const recordsRefused = figures.recordsRefused + this.#reports.refused;
    const { requestMetrics } = this.options;
    return {
      ...figures,
      slots: requestMetrics ? figures.slots : figures.slots.map((slot) => ({ ...slot, http: undefined })),
      recordsRefused,
      workers,
      counts: this.#supervisor.counts().map((of) => ({
        ...of,
        gatherTimeouts: this.#gatherer.timeouts(of.slot),
        gatherErrors: this.#gatherer.errors(of.slot),
      })),
      reloads: { ...this.#supervisor.reloads.counts },
      appMetricsRefused: this.#gatherer.refused,
    };
  }

  /** What the primary and its workers do now: what `baton status --json` prints. Give a `snapshot` if you have one of this moment. */
  status(snapshot: Snapshot = this.snapshot()): PrimaryStatus {
    return describePrimary(
      this,
      snapshot,
      this.#supervisor,
      this.#listeners.all(),
      this.#log,
      this.#startedAt,
    );
  }

  /** What has happened to the workers since the start. At most 1,000 events, and 512 KiB of them, are kept. */
  events(): EventsReport {
    return this.#log.report();
  }

  /**
   * Changes the number of workers, 1 to 1024. If there are to be more, it starts them. If there are to be fewer, the workers of the highest
   * slots get no new connections, give their idle ones to others, finish their requests, and end. Resolves when the new ones are ready, or have crashed and are
   * being started again, and the old ones are gone. Rejects with BATON_INVALID_OPTION, or BATON_NOT_RUNNING before start() has
   * resolved and after stop().
   */
  async scale(workers: number): Promise<void> {
    this.#checkRunning('scale');
    await this.#supervisor.scale(checkWorkers('workers', workers, workers));
  }

  /**
   * Changes the number of workers by `change`: a positive number starts so many more, a negative one ends so many. It counts from the number
   * that there is when it is its turn. Resolves and rejects as `scale()`.
   */
  async scaleBy(change: number): Promise<void> {
    this.#checkRunning('scale');
    if (!Number.isInteger(change))
      throw new BatonError('BATON_INVALID_OPTION', ['change', 'a whole number', change]);
    await this.#supervisor.scale((now) => checkWorkers('workers', now + change, now + change));
  }

  /**
   * Puts a new worker in each slot, one after the other or `reloadConcurrency` at a time: the new one comes up, serves what the
   * old one does, lives through its probation, and gets the connections; then the old one gives its idle connections back, for
   * others to have, finishes its requests, and ends. Resolves when all are replaced. If you call it during a reload, there is one more after
   * that; several such calls share it. Rejects with BATON_RELOAD_FAILED at the first new worker that fails: workers that were not replaced go
   * on. Otherwise it rejects with BATON_NOT_RUNNING, BATON_STOPPED, BATON_INVALID_OPTION or BATON_UNKNOWN_OPTION.
   */
  async reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    this.#checkRunning('reload');
    const { allowDroppedListeners = this.options.allowDroppedListeners, ...others } = options;
    checkNames(others, ['allowDroppedListeners']);
    trueOrFalse('allowDroppedListeners', allowDroppedListeners);
    const startedAt = performance.now();
    const reloaded = await this.#supervisor.reloads.request(allowDroppedListeners);
    return { ...reloaded, durationMs: performance.now() - startedAt };
  }

  /**
   * Ends all workers. The app hears the signal. When it has closed its servers, or `delayMs` is over, no connection is accepted any more, and
   * requests are finished. Workers that are left after `stopTimeoutMs` get SIGKILL. Resolves when no process is left. A second call
   * returns the first one's promise. Throws BATON_INVALID_OPTION.
   */
  stop(options: StopOptions = {}): Promise<void> {
    const { signal, delayMs = this.options.stopDelayMs } = options;
    if (signal !== undefined) oneOf('signal', stopSignals, signal);
    if (delayMs !== undefined) checkStopDelay('delayMs', delayMs, this.options.stopTimeoutMs);
    this.#stopped ??= this.#stop({ signal, delayMs });
    return this.#stopped;
  }

  /** Ends all workers at once, with SIGKILL, for when `stop()` takes too long. Resolves when no process is left. */
  kill(): Promise<void> {
    const stopped = this.stop({ delayMs: 0 });
    this.#supervisor.pool.kill();
    return stopped;
  }

  /**
   * Tells the primary that this process has got a signal which your code obeys, such as SIGHUP. If the workers have got it too, they ignore
   * it then. `reload()`, `scale()` and `stop()` need no such call.
   */
  noteSignal(signal: OutsideSignal): void {
    this.#supervisor.onOrdered(signal);
  }

  #describeSlowness(worker: WorkerInfo): Slowness {
    const listeners = this.#listeners.servedBy(worker).map(({ label }) => label);
    const figures = this.#dispatcher
      .snapshot()
      .listeners.filter(({ listener }) => listeners.includes(listener));
    return { listeners, waiting: figures.reduce((total, listener) => total + waitingFor(listener), 0) };
  }

  #checkRunning(action: string): void {
    if (!this.#isUp || this.#stopped !== undefined) throw new BatonError('BATON_NOT_RUNNING', [action]);
  }

  async #stop(plan: StopPlan): Promise<void> {
    this.#recycler.stop();
    await this.#supervisor.stop(plan);
    this.#dispatcher.stop();
    await this.#admin?.stop();
    await this.#control?.stop();
    this.emit('stopped');
  }

  async #startControl(): Promise<void> {
    const { name, defaultName, app, cwd } = this.options;
    const wanted = name ?? defaultName;
    if (wanted === undefined) return;
    const names = name === undefined ? namesFor(wanted, app) : [name];
    const onCommand = (request: CommandRequest): void => void this.emit('command', request);
    const options = { names, app, packageDirectory: packageDirectory(cwd), onCommand };
    this.#control = await startControl(this, options, (message) => this.#warn(message));
  }

  #warn(message: string): void {
    if (!this.emit('warning', message)) process.emitWarning(message, 'BatonWarning');
  }
}
