import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { WorkerState } from '../metrics/snapshot.js';
import type { NativeSocket } from '../native.js';
import type { ResolvedOptions } from '../options.js';
import { outputEnvironment, outputStdio, showOutput } from './worker-output.js';
import { moveWorker } from './worker-state.js';

/** How a worker's process ended. */
export interface WorkerExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** How a process ended, for people: `with code 1`, `by SIGKILL`. */
export function describeExit({ code, signal }: WorkerExit): string {
  return signal === null ? `with code ${code}` : `by ${signal}`;
}

/** Where a worker finds its end of the channel: behind standard input, output and error. */
const channelFd = 3;
const registerFile = fileURLToPath(new URL('../worker/register.js', import.meta.url));

/** The primary's view of one worker process, from its start to its end. */
export class WorkerHandle {
  readonly id: number;
  readonly slot: number;
  readonly startedAt = performance.now();
  /** Settles when the process has ended, or could not be started; never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Why the process could not be started. */
  spawnError: Error | undefined;

  readonly #process: ChildProcess;
  #state: WorkerState = 'starting';

  /** Starts the process. `channel` is the worker's end; it is closed here. Throws what spawn(2) throws at once. */
  constructor(id: number, slot: number, channel: NativeSocket, options: ResolvedOptions) {
    this.id = id;
    this.slot = slot;
    try {
      this.#process = startProcess(slot, channel.fd, options);
    } finally {
      channel.close();
    }
    showOutput(this.#process, slot);
    this.exited = new Promise((resolve) => {
      this.#process.on('exit', (code, signal) => resolve({ code, signal }));
      this.#process.on('error', (error) => {
        if (this.pid !== undefined) return; // a signal could not be sent
        this.spawnError = error;
        resolve({ code: null, signal: null });
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get hasExited(): boolean {
    return this.#state === 'stopped' || this.#state === 'crashed';
  }

  /** How long the process has lived. */
  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  moveTo(state: WorkerState): void {
    this.#state = moveWorker(`Worker ${this.slot} (pid ${this.pid})`, this.#state, state);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

function startProcess(slot: number, channel: number, options: ResolvedOptions): ChildProcess {
  return spawn(process.execPath, nodeArguments(options), {
    // No standard input: workers would take one another's.
    stdio: ['ignore', ...outputStdio(), channel],
    // In a session of its own, so that Ctrl-C at a terminal reaches the primary alone, which then ends its workers.
    detached: true,
    env: {
      ...options.env,
      ...outputEnvironment(options.env),
      BATON_CHANNEL_FD: String(channelFd),
      BATON_SLOT: String(slot),
      NODE_APP_INSTANCE: String(slot),
    },
  });
}

/** Ours is the first module of all, so that whatever loads after it, hooks of `--import` included, finds a worker. */
function nodeArguments({ app, args, execArgv, require, import: imports }: ResolvedOptions): string[] {
  return [
    '--require',
    registerFile,
    ...execArgv,
    ...require.flatMap((module) => ['--require', module]),
    ...imports.flatMap((module) => ['--import', module]),
    app,
    ...args,
  ];
}
