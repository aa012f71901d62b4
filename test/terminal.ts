import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { until } from './harness.js';

/** Why there is no terminal to be had; `false`: there is. */
export const withoutTerminal =
  spawnSync('tmux', ['-V']).status === 0 ? false : 'tmux is not installed: it is the terminal of these tests';

/** A terminal of 80 columns and 24 lines in which one command runs. The test's end closes it. */
export class Terminal {
  readonly #directory = mkdtempSync(path.join(tmpdir(), 'baton-terminal-'));
  readonly #env: NodeJS.ProcessEnv;
  readonly #shell: number;
  #isOpen = true;

  constructor(test: TestContext, command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const { TMUX: _, NO_COLOR: __, FORCE_COLOR: ___, ...outer } = process.env;
    this.#env = { ...outer, LC_ALL: 'C.UTF-8', ...env };
    test.after(() => this.#close());
    // The shell outlives the command, so that what the command left of the terminal can be looked at.
    const quoted = command.map((word) => `'${word}'`).join(' ');
    const script = `echo before; ${quoted}; echo "exit code $?"; stty -a | grep -ow -e -icanon -e icanon; exec cat`;
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', script);
    this.#shell = Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** The lines on the screen. With `escapes`, with the codes of their colours. */
  screen({ escapes = false } = {}): string {
    return this.#tmux('capture-pane', '-p', ...(escapes ? ['-e'] : []));
  }

  /** Waits until the screen has the pattern. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    let found: RegExpExecArray | null = null;
    const look = (): boolean => (found = pattern.exec(this.screen())) !== null;
    await until(look, String(pattern)).catch((error: unknown) => {
      throw new Error(`${String(error)}:\n${this.screen()}`);
    });
    return found as unknown as RegExpExecArray;
  }

  press(key: string): void {
    this.#tmux('send-keys', key);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  get modes(): { alternateScreen: boolean; cursor: boolean; wrap: boolean } {
    const flags = this.#tmux('display-message', '-p', '#{alternate_on}#{cursor_flag}#{wrap_flag}');
    const [alternateScreen, cursor, wrap] = Array.from(flags, (flag) => flag === '1');
    return { alternateScreen: alternateScreen === true, cursor: cursor === true, wrap: wrap === true };
  }

  /** The pid of the command, while it runs. */
  get pid(): number | undefined {
    const [pid] = this.#children();
    return pid;
  }

  #children(): number[] {
    return existsSync(`/proc/${this.#shell}`) ? childrenOf(this.#shell) : [];
  }

  /** Closes the terminal, as a person closes a window. */
  hangUp(): void {
    this.#isOpen = false;
    this.#tmux('kill-server');
  }

  /** All that ran in it is to end. */
  async #close(): Promise<void> {
    const pids = [this.#shell, ...this.#children()];
    if (this.#isOpen) this.hangUp();
    await until(() => !pids.some(isRunning), 'all processes in the terminal have ended');
    rmSync(this.#directory, { recursive: true });
  }

  #tmux(...args: string[]): string {
    // The socket is the server: this one is nobody else's.
    const socket = path.join(this.#directory, 'socket');
    return execFileSync('tmux', ['-u', '-S', socket, ...args], { env: this.#env, encoding: 'utf8' });
  }
}

/** The pids of a process's children (proc(5)). */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}

/** Orphans stay as zombies where nobody reaps them; those have a directory, and no program any more. */
export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/exe`);
}
