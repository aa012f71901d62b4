import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Primary, type PrimaryOptions, type SlotFigures } from '@baton/core';

export const root = path.join(import.meta.dirname, '../..');

/** One of the apps in `test/apps`. */
export function app(name: string): string {
  return path.join(root, 'test/apps', name);
}

/** A directory that goes when the test ends. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
  // Workers that still end may write there.
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return directory;
}

/**
 * A primary in this process, started. The test's end stops it, and checks that no worker and no fd is left. No worker is
 * stalled unless the test says when, however little time the machine gives it.
 */
export async function startPrimary(test: TestContext, options: PrimaryOptions): Promise<Primary> {
  const before = openFds();
  const primary = new Primary({
    metrics: false,
    stopTimeoutMs: 5_000,
    stallAfterMs: 10_000,
    ...options,
  });
  const pids = new Set<number>();
  primary.on('worker', ({ pid }) => {
    if (pid !== undefined) pids.add(pid);
  });
  test.after(async () => {
    await primary.stop();
    assert.deepEqual([...pids].filter(isAlive), [], 'workers are left');
    const known = new Set(before.values());
    const left = [...openFds().values()].filter(
      (target) => /^socket:|memfd:baton/.test(target) && !known.has(target),
    );
    assert.deepEqual(left, [], 'fds are left');
  });
  await primary.start();
  return primary;
}

/** The port of the primary's first TCP listener. */
export function portOf(primary: Primary): number {
  const [first] = primary.addresses;
  assert.ok(first);
  return first.port;
}

/** A figure of all slots together, now. */
export function sumOfSlots(primary: Primary, pick: (slot: SlotFigures) => number): number {
  return primary.snapshot().slots.reduce((total, slot) => total + pick(slot), 0);
}

export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** A program that runs the command, with its arguments. */
  prefix?: readonly string[];
  /** The Node that runs it. Default: the one that runs the tests. */
  node?: string;
  /** The command's file. Default: that of this clone. */
  file?: string;
  /** Options of node for it. */
  execArgv?: readonly string[];
  /** What stands on its standard input. Default: it has none. */
  input?: string;
}

/** Where the commands of this process have their control sockets: apart from those of others on the machine. */
const runtimeDirectory = mkdtempSync(path.join(tmpdir(), 'baton-test-'));
process.on('exit', () => rmSync(runtimeDirectory, { recursive: true, force: true }));

/** A baton command, running. Its control socket is in a directory of its own, unless the test gives XDG_RUNTIME_DIR. */
export class Command {
  readonly process: ChildProcess;
  stdout = '';
  stderr = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(args: readonly string[], options: CommandOptions = {}) {
    const { prefix = [], node = process.execPath, execArgv = [], input } = options;
    const { file = path.join(root, 'packages/core/bin/baton.js') } = options;
    const [program = '', ...rest] = [...prefix, node, ...execArgv, file, ...args];
    this.process = spawn(program, rest, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      cwd: options.cwd ?? root,
      env: {
        ...process.env,
        XDG_RUNTIME_DIR: mkdtempSync(path.join(runtimeDirectory, 'run-')),
        ...options.env,
      },
    });
    this.process.stdin?.end(input);
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exited = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
  }

  get pid(): number {
    assert.ok(this.process.pid !== undefined);
    return this.process.pid;
  }

  /** Resolves with what the pattern found in standard error, as soon as it is there. */
  seen(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stderr'): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this[stream]);
        if (found) resolve(found);
      };
      this.process[stream]?.on('data', look);
      this.process.on('close', () => {
        look();
        reject(new Error(`baton ended without ${String(pattern)}:\n${this.stdout}\n${this.stderr}`));
      });
      look();
    });
  }
}

/** Starts a baton command that the test's end stops, if it has not ended by then. */
export function startCommand(
  test: TestContext,
  args: readonly string[],
  options: CommandOptions = {},
): Command {
  const command = new Command(args, options);
  test.after(async () => {
    if (command.process.exitCode === null && command.process.signalCode === null)
      command.process.kill('SIGTERM');
    await command.exited;
  });
  return command;
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** The fds of a process by number, with what each is. */
export function openFds(pid: number | 'self' = 'self'): Map<number, string> {
  const directory = `/proc/${pid}/fd`;
  const fds = new Map<number, string>();
  for (const name of readdirSync(directory)) {
    try {
      fds.set(Number(name), readlinkSync(path.join(directory, name)));
    } catch {
      // The descriptor of the listing itself, which is closed by now.
    }
  }
  return fds;
}

/** Waits for a condition that no event tells, such as the state of another process. Fails after `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
