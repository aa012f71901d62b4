// The app under Baton's command, as `npx baton app.js`, and what its log tells.
import assert from 'node:assert/strict';
import { bootTimeoutMs, describeEnd, folderOf, type Place } from './app-process.js';
import type { Case, Handoff } from './case.js';
import { within } from './within.js';
import { Command, isAlive } from '../harness.js';

/** A line of `--log-format json`, as far as it is read here. */
interface LogLine {
  event: string;
  slot?: number;
  pid?: number;
  pidBefore?: number;
  workerPids?: number[];
  exitCode?: number | null;
  exitSignal?: NodeJS.Signals | null;
}

export class AppUnderBaton {
  readonly #command: Command;
  readonly #app: Case;
  readonly #place: Place;

  private constructor(app: Case, place: Place, handoff: Handoff) {
    const { nodeArgs = [], batonArgs = [], args = [], name } = app;
    this.#app = app;
    this.#place = place;
    const options = ['--workers', '2', '--handoff', handoff, '--name', name, '--log-format', 'json'];
    const brief = [
      '--metrics',
      '127.0.0.1:0',
      '--probation',
      '200ms',
      '--ready-timeout',
      `${bootTimeoutMs}ms`,
    ];
    const passed = args.length === 0 ? [] : ['--', ...args];
    this.#command = new Command([...options, ...brief, ...batonArgs, ...nodeArgs, app.app, ...passed], {
      cwd: folderOf(app),
      env: place.env,
    });
  }

  static async start(app: Case, place: Place, handoff: Handoff): Promise<AppUnderBaton> {
    const started = new AppUnderBaton(app, place, handoff);
    try {
      await within(bootTimeoutMs, `${app.name} starts`, started.#command.seen(/"event":"started".*\n/));
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  get output(): string {
    return this.#command.stdout;
  }

  get errors(): string {
    return this.#command.stderr;
  }

  /** Pids of the workers, by their slots. */
  get workers(): number[] {
    const pids: number[] = [];
    for (const { event, slot, pid, workerPids } of this.#log()) {
      if (event === 'started') pids.push(...(workerPids ?? []));
      else if (event === 'replaced' || event === 'restart') pids[slot ?? -1] = pid ?? -1;
    }
    return pids;
  }

  /** Runs `baton reload`. */
  async reload(): Promise<void> {
    const command = new Command(['reload', '--name', this.#app.name], {
      env: { XDG_RUNTIME_DIR: this.#place.env['XDG_RUNTIME_DIR'] },
    });
    const { code } = await command.exited;
    assert.equal(code, 0, `baton reload:\n${command.stderr}\n${this.errors}`);
  }

  /** Kills a worker by SIGKILL. Resolves when another has its slot. */
  async killWorker(pid: number): Promise<void> {
    assert.ok(this.workers.includes(pid));
    process.kill(pid, 'SIGKILL');
    await within(bootTimeoutMs, 'another is started', this.#command.seen(/"event":"restart".*\n/));
  }

  /** Sends SIGTERM to the primary. */
  terminate(): void {
    this.#command.process.kill('SIGTERM');
  }

  /** Resolves when the primary has ended. Rejects if it has not ended well, or has left workers. */
  async ended(): Promise<void> {
    const { code, signal } = await this.#command.exited;
    assert.equal(describeEnd(code, signal), 'exit code 0', this.errors);
    assert.deepEqual(this.workers.filter(isAlive), [], 'workers are left');
  }

  /** How a worker has ended: Baton's log tells where that is out of the ordinary, the journal has exit codes, and the rest are ended by SIGTERM. */
  endOf(pid: number): string {
    const told = this.#log().find((line) => line.pid === pid && ['bad-exit', 'crash'].includes(line.event));
    if (told !== undefined) return describeEnd(told.exitCode ?? null, told.exitSignal ?? null);
    const code = this.#place.journal.exitCode(pid);
    return code === undefined ? 'SIGTERM' : describeEnd(code, null);
  }

  async kill(): Promise<void> {
    for (const pid of [this.#command.pid, ...this.workers]) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    await this.#command.exited;
  }

  #log(): LogLine[] {
    const lines = this.#command.stderr.split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{"time":')).map((line) => JSON.parse(line) as LogLine);
  }
}
