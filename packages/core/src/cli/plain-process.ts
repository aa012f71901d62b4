import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { resolveOptions, type ResolvedOptions } from '../options.js';
import { releaseOf } from '../primary/release.js';
import type { WorkerExit } from '../primary/worker-handle.js';
import { endSoon } from './end-soon.js';
import { primaryOptions, type LoadedSettings } from './launch.js';

/** The app as `node app.js` would run it, with the settings that concern its start: the only process, where Baton has no addon. */
export class PlainProcess {
  readonly #options: ResolvedOptions;
  readonly #process: ChildProcess;
  /** Rejects if the process could not be started. */
  readonly exited: Promise<WorkerExit>;

  /** Starts it. Throws BATON_APP_NOT_FOUND, BATON_NO_ACCESS or BATON_INVALID_OPTION. */
  constructor(settings: LoadedSettings) {
    this.#options = resolveOptions(primaryOptions(settings));
    const { args, env } = this.#options;
    const { app, nodeArguments, directory, realDirectory } = releaseOf(this.#options, settings.place, 1);
    this.#process = spawn(process.execPath, [...nodeArguments, app, ...args], {
      cwd: realDirectory,
      stdio: 'inherit',
      env: { ...env, PWD: directory },
    });
    this.exited = new Promise((resolve, reject) => {
      this.#process.on('exit', (code, signal) => resolve({ code, signal }));
      this.#process.on('error', (error) => {
        if (this.#process.pid === undefined) reject(error); // else a signal could not be sent
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it, by SIGKILL if it takes longer than `stopTimeoutMs`. */
  async stop(): Promise<void> {
    // Windows has no signals: Node ends the process there, by the few names that it takes.
    this.kill(process.platform === 'win32' ? 'SIGTERM' : this.#options.stopSignal);
    const timer = setTimeout(() => this.kill('SIGKILL'), this.#options.stopTimeoutMs);
    await this.exited;
    clearTimeout(timer);
  }
}

/** Ends this process as the app has ended, by the same signal too, when nothing else is left to do. */
export function endAs({ code, signal }: WorkerExit): void {
  endSoon();
  process.exitCode = code ?? 1;
  if (signal === null) return;
  // What is told of an end by a signal where this process cannot have one: Windows has none, Node ignores SIGPIPE, and the kernel all that
  // the first process of a container has no handler for.
  process.exitCode = 128 + constants.signals[signal];
  if (process.platform === 'win32') return;
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
