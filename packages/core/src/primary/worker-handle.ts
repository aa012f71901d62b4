import { spawn, type ChildProcess } from 'node:child_process';
import type { PrimaryMessage } from '../channel/messages.js';
import type { KillDeadline, WorkerInfo, WorkerState } from '../metrics/snapshot.js';
import type { NativeDispatcher, NativeSocket } from '../native.js';
import type { StopSignal } from '../options.js';
import { nameWorker } from '../worker-name.js';
import { Conditions } from './conditions.js';
import { Deferred } from './deferred.js';
import { programOf } from './file-rights.js';
import { inspectorOptions, opensInspector } from './inspector.js';
import { batonFor, describeDoubt, preloadOf } from './preload.js';
import type { Release, Version } from './release.js';
import { residentBytes } from './resident-memory.js';
import { unlessFailed } from './system-call.js';
import { outputEnvironment, outputStdio, showOutput, type WorkerOutput } from './worker-output.js';
import { within } from './within.js';
import { moveWorker } from './worker-state.js';

/** How a worker's process ended. */
export interface WorkerExit {
  /** Its exit code; `null` if a signal ended it. */
  code: number | null;
  /** The signal that ended it; `null` if none did. */
  signal: NodeJS.Signals | null;
}

/** How a process ended, for people: `with code 1`, `by SIGKILL`. */
export function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `with code ${code}` : `by ${signal}`;
}

/** What a worker is started as. */
export interface WorkerPlace extends Version {
  id: number;
  slot: number;
  /** Whether it gets no connections before admit(), however ready it is. */
  isOnProbation: boolean;
  /** Whether it opens its inspector as node's options say; if not, when it is ordered to. */
  mayInspect: boolean;
  /** Where the primary's admin server answers, if it has one. */
  adminUrl: string | undefined;
  /** See the option `prefixOutput`. */
  prefixOutput: boolean;
  /** See the option `stopTimeoutMs`: the primary's own, whatever the release. */
  stopTimeoutMs: number;
  /** Whether anybody hears the messages of its app, to begin with. */
  areMessagesHeard: boolean;
}

/** Where a worker finds its end of the channel: behind standard input, output and error. */
const channelFd = 3;

/**
 * How long the end of a process waits for the end of its channel. Both come at once, as does that of its output, but by different ways,
 * and what the worker said last must be known when its end is. Only a child that holds the channel, which none should, can keep it open.
 */
const channelCloseMs = 1_000;

/** The primary's view of one worker process, from its start to its end. */
export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly release: Release;
  /** Settles when the process has ended, or could not be started; never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Settles when nothing more comes from it. */
  readonly channelClosed = new Deferred();
  /** Why the process could not be started. */
  spawnError: Error | undefined;
  /** The address that it could not have, and the listener of an older version that keeps it from that. */
  obstacle: { wanted: string; holder: string } | undefined;
  exit: WorkerExit | undefined;
  /** Which time was over when it got SIGKILL. */
  deadline: KillDeadline | undefined;
  /** That somebody has sent to it alone, so that it is to end. */
  signal: StopSignal | undefined;
  /** Settles when it has said whether its app hears of a stop. */
  readonly stopping = new Deferred();
  hearsStop = false;
  /** When its probation is over, by `performance.now()`; undefined before it has begun. */
  probationEndsAt: number | undefined;
  /** Whether it has ever been ready. */
  wasReady = false;
  /** Its resident memory when it became ready. */
  bytesWhenReady: number | undefined;

  /** The file of node that it was started from. */
  readonly program: string | undefined;

  readonly #dispatcher: NativeDispatcher;
  readonly #process: ChildProcess;
  readonly #startedAt = performance.now();
  readonly #output: WorkerOutput;
  #endedAt: number | undefined;
  #failure: string | undefined;
  #state: WorkerState = 'starting';
  #isOnProbation: boolean;
  /** The listeners whose connections it is offered once it is admitted; none from then on. */
  #awaited: Set<number> | undefined = new Set();
  readonly #conditions = new Conditions();
  /** How many probes it was sent, and which of them it has answered last. */
  #probes = 0;
  #answeredProbe = 0;
  #hasInspector: boolean;

  /** Starts the process. Throws BATON_SYSTEM_CALL, and what spawn(2) throws at once. */
  constructor(place: WorkerPlace, dispatcher: NativeDispatcher) {
    this.id = place.id;
    this.slot = place.slot;
    this.generation = place.generation;
    this.release = place.release;
    this.#dispatcher = dispatcher;
    this.#isOnProbation = place.isOnProbation;
    this.#hasInspector = place.mayInspect;
    const action = `make a channel for worker ${place.slot}`;
    const channel: NativeSocket = unlessFailed(
      dispatcher.addTarget(place.id, place.slot),
      'socketpair',
      action,
    );
    const baton = batonFor(place.release);
    // Until the worker says something better.
    this.#failure = describeDoubt(baton);
    try {
      this.#process = startProcess(place, channel.fd, preloadOf(baton));
    } finally {
      channel.close();
    }
    // spawn() returns when the child has executed it.
    this.program = this.pid === undefined ? undefined : programOf(this.pid);
    this.#output = showOutput(this.#process, place.slot);
    this.exited = new Promise((resolve) => {
      const end = (exit: WorkerExit): void => {
        this.#endedAt = performance.now();
        this.exit = exit;
        const said = Promise.all([within(channelCloseMs, this.channelClosed.promise), this.#output.ended]);
        void said.then(() => resolve(exit));
      };
      this.#process.on('exit', (code, signal) => end({ code, signal }));
      this.#process.on('error', (error) => {
        if (this.pid !== undefined) return; // a signal could not be sent
        this.spawnError = error;
        end({ code: null, signal: null });
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Its pid, for as long as no other process can have it: until it has been waited for. */
  get unreapedPid(): number | undefined {
    const { pid, exitCode, signalCode } = this.#process;
    return exitCode === null && signalCode === null ? pid : undefined;
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Whether it has yet to take another's place. */
  get isOnProbation(): boolean {
    return this.#isOnProbation;
  }

  /** How long its probation, of `wholeMs`, still takes; undefined if it is not on probation. */
  probationLeftMs(wholeMs: number): number | undefined {
    if (!this.#isOnProbation || this.#state !== 'ready') return undefined;
    return this.probationEndsAt === undefined
      ? wholeMs
      : Math.max(0, this.probationEndsAt - performance.now());
  }

  /** What the app threw that nobody caught. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether it is known to have written something, as node does of what nobody caught. What a process inherits tells nobody of its use. */
  get hasWritten(): boolean {
    return this.#failure !== undefined || this.#output.hasWritten;
  }

  onStopping(isHeard: boolean): void {
    this.hearsStop = isHeard;
    this.stopping.resolve();
  }

  onFailure(error: string): void {
    this.#failure = error;
    this.#output.onFailed();
  }

  get hasExited(): boolean {
    return this.#state === 'stopped' || this.#state === 'crashed';
  }

  /** How long the process has lived. */
  get ageMs(): number {
    return (this.#endedAt ?? performance.now()) - this.#startedAt;
  }

  /** Throws BATON_ILLEGAL_STATE. */
  moveTo(state: WorkerState): void {
    this.#state = moveWorker(`The ${nameWorker(this.slot, this.pid)}`, this.#state, state);
    this.wasReady ||= state === 'ready';
    if (state === 'ready') {
      this.bytesWhenReady = residentBytes(this.pid);
      this.#output.onReady();
    }
    this.#admitIfDue();
    this.#conditions.look();
  }

  /** Resolves when it holds, or when the worker is to end, or has ended. Looked at when its state has changed, and at `look()`. */
  until(holds: () => boolean): Promise<void> {
    const isLeaving = (): boolean => this.#state !== 'starting' && this.#state !== 'ready';
    return this.#conditions.until(() => isLeaving() || holds());
  }

  look(): void {
    this.#conditions.look();
  }

  /** Resolves when it has answered a message, which it does as soon as its event loop turns; or as `until()` does. */
  probe(): Promise<void> {
    const probe = ++this.#probes;
    this.tell({ type: 'probe', probe });
    return this.until(() => this.#answeredProbe >= probe);
  }

  /** Whether it has answered the last probe. */
  get hasAnswered(): boolean {
    return this.#answeredProbe >= this.#probes;
  }

  onAlive(probe: number): void {
    this.#answeredProbe = probe;
    this.#conditions.look();
  }

  /** Lets it be offered the listener's connections, now or once it is admitted. */
  serve(listener: number): void {
    if (this.#awaited) this.#awaited.add(listener);
    else this.#dispatcher.serve(this.id, listener);
  }

  /** The worker has closed the listener. */
  leave(listener: number): void {
    this.#awaited?.delete(listener);
  }

  /** Ends its probation: once it is ready, it gets connections. */
  admit(): void {
    this.#isOnProbation = false;
    this.#admitIfDue();
  }

  /** One that is not ready may never be, and what it was given would wait for it, while others could answer. */
  #admitIfDue(): void {
    const awaited = this.#awaited;
    if (awaited === undefined || this.#isOnProbation || this.#state !== 'ready') return;
    this.#awaited = undefined;
    for (const listener of awaited) this.#dispatcher.serve(this.id, listener);
    this.tell({ type: 'accept' });
  }

  /** Whether the port of the slot's inspector is its own, if it opens one at all. */
  get hasInspector(): boolean {
    return this.#hasInspector;
  }

  /** The slot's port is free now: it is this worker's. */
  openInspector(): void {
    this.#hasInspector = true;
    if (opensInspector(this.release.options)) this.tell({ type: 'inspect' });
  }

  /** False: it is gone, or has not read for long. */
  tell(message: PrimaryMessage): boolean {
    return this.#dispatcher.sendControl(this.id, JSON.stringify(message)) === 0;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.hasExited) this.#process.kill(signal);
  }

  info(restarts: number): WorkerInfo {
    const { slot, generation, pid, state } = this;
    const { realDirectory: directory } = this.release;
    return { id: this.id, slot, generation, directory, pid, state, restarts };
  }
}

function startProcess(place: WorkerPlace, channel: number, preload: string): ChildProcess {
  const { slot, generation, release, isOnProbation, mayInspect, adminUrl } = place;
  const { prefixOutput, stopTimeoutMs, areMessagesHeard } = place;
  const { directory, realDirectory, nodeArguments, app, options } = release;
  const inspector = inspectorOptions(options, slot, mayInspect);
  // Ours is the first module of all, so that whatever loads after it, hooks of `--import` included, finds a worker.
  const command = ['--require', preload, ...nodeArguments, ...inspector, app, ...options.args];
  return spawn(process.execPath, command, {
    cwd: realDirectory,
    stdio: ['inherit', ...outputStdio(prefixOutput), channel],
    env: {
      ...options.env,
      ...outputEnvironment(options.env, prefixOutput),
      PWD: directory,
      BATON_CHANNEL_FD: String(channelFd),
      BATON_SLOT: String(slot),
      BATON_GENERATION: String(generation),
      ...(isOnProbation ? { BATON_ON_PROBATION: '1' } : {}),
      ...(options.waitReady ? { BATON_SAYS_READY: '1' } : {}),
      ...(areMessagesHeard ? { BATON_HEARS_MESSAGES: '1' } : {}),
      BATON_STOP_TIMEOUT_MS: String(stopTimeoutMs),
      BATON_ADMIN_URL: adminUrl,
      ...(options.requestMetrics ? {} : { BATON_NO_REQUEST_METRICS: '1' }),
      BATON_METRICS_INTERVAL_MS: String(options.metricsIntervalMs),
      NODE_APP_INSTANCE: appInstance(options.env) ?? String(slot),
      // For a primary under `node --watch`, which is to hear of its own modules alone.
      WATCH_REPORT_DEPENDENCIES: undefined,
    },
  });
}

/** What somebody has set by hand, which says more of this app than of a process manager (PM2, Baton) that it was started by. */
function appInstance(env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const isOfManager = env['pm_id'] !== undefined || env['BATON_SLOT'] !== undefined;
  return isOfManager ? undefined : env['NODE_APP_INSTANCE'];
}
