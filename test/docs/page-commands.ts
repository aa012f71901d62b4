import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { blocksOf, type Block } from './page.js';

/** `.curlrc` of the home there: a command that is answered 404 or 503 has failed. */
export const curlrc = 'fail\n';

/** Where a page's commands run. */
export interface Place {
  directory: string;
  env: NodeJS.ProcessEnv;
  /** How long a command may take. Default: five minutes. */
  limitMs?: number;
}

/**
 * Runs commands of a page, in its order. What it has started has ended when it returns. `isMeant`: of which blocks; by default, of those
 * that are marked `run`.
 */
export async function runPage(
  page: string,
  place: Place,
  isMeant: (block: Block) => boolean = ({ isRun }) => isRun,
): Promise<void> {
  const commands = blocksOf(page).filter(isMeant).flatMap(commandsOf);
  const reader = new Reader(place);
  try {
    for (const command of commands) await reader.types(command);
  } finally {
    await reader.stopsServer();
  }
}

interface PageCommand {
  /** `docs/page.md:12: npx baton status`. */
  title: string;
  text: string;
}

/** The commands of a block: what bash reads in one go. */
export function commandsOf({ page, line, text }: Block): PageCommand[] {
  const commands: PageCommand[] = [];
  let begun = '';
  for (const [index, row] of text.trimEnd().split('\n').entries()) {
    if (begun === '' && /^\s*(#|$)/.test(row)) continue;
    begun += `${row}\n`;
    if (row.endsWith('\\') || !isWhole(begun)) continue;
    const first = line + index + 2 - begun.split('\n').length + 1;
    commands.push({ title: `${page}:${first}: ${begun.trim()}`, text: begun });
    begun = '';
  }
  if (begun !== '') throw new Error(`${page}:${line}: bash does not understand:\n${begun}`);
  return commands;
}

/** Bash says where something has not ended: of a here-document as a warning. */
function isWhole(text: string): boolean {
  return spawnSync('bash', ['-n', '-c', text]).stderr.length === 0;
}

/** A command that serves an app, until it is stopped. */
const serves =
  /(^|[\s/])baton(\.js)?\s(.*\s)?[\w./-]+\.[cm]?[jt]s(\s|$)|(^|&& )npm (start|run (start|dev))\b/;

/** What Baton tells when the app is up, for people and for programs. */
const isUp = /^ {2}workers {4}\d|"event":"started"/m;

/** Types commands at a terminal, one after the other, with another terminal for the one that serves. */
class Reader {
  readonly #place: Required<Place>;
  #server: Running | undefined;

  constructor({ limitMs = 300_000, ...place }: Place) {
    this.#place = { limitMs, ...place };
  }

  async types(command: PageCommand): Promise<void> {
    const isServer = serves.test(command.text);
    // As at a terminal: the next one is for what the last one had.
    if (isServer) await this.stopsServer();
    const running = new Running(command, this.#place);
    if (isServer) {
      await running.isUp();
      this.#server = running;
    } else await running.succeeds();
  }

  async stopsServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stops();
  }
}

/** A command, and all that it has started. */
class Running {
  readonly #command: PageCommand;
  readonly #limitMs: number;
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #output = '';

  constructor(command: PageCommand, { directory, env, limitMs }: Required<Place>) {
    this.#command = command;
    this.#limitMs = limitMs;
    // The directory and the variables are as the last command has left them. At SIGTERM to all, the shell waits for what it has started.
    const kept = path.join(env['HOME'] ?? directory, '.kept-variables');
    const keep = serves.test(command.text) ? ':' : `export -p >${kept}`;
    const script = `trap : TERM; [ ! -f ${kept} ] || . ${kept} && cd "$PWD"; ${command.text}\nlast=$?; ${keep}; exit $last`;
    this.#process = spawn('bash', ['-c', script], {
      cwd: directory,
      env: { ...env, PWD: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    this.#closed = once(this.#process, 'close');
  }

  async succeeds(): Promise<void> {
    await this.#inTime(this.#closed, 'has not ended');
    if (this.#process.exitCode !== 0) throw this.#error(`has ended with ${this.#end}`);
  }

  /** Resolves when the app is up. */
  async isUp(): Promise<void> {
    const up = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (isUp.test(this.#output)) resolve();
      };
      this.#process.stdout?.on('data', look);
      this.#process.stderr?.on('data', look);
      void this.#closed.then(() =>
        reject(this.#error(`has ended with ${this.#end}, and its app was not up`)),
      );
    });
    await this.#inTime(up, 'has no app that is up');
  }

  /** Ends what serves, unless the page has: then it has ended well. */
  async stops(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#kill('SIGTERM');
      await this.#inTime(this.#closed, 'has not ended after SIGTERM');
    } else if (this.#process.exitCode !== 0) throw this.#error(`has ended with ${this.#end}`);
  }

  get #end(): string {
    const { exitCode, signalCode } = this.#process;
    return signalCode ?? `code ${exitCode}`;
  }

  /** Resolves with the promise; after the limit, ends all and rejects. */
  async #inTime(promise: Promise<unknown>, failure: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#kill('SIGKILL');
        reject(this.#error(`${failure} within ${this.#limitMs} ms`));
      }, this.#limitMs);
    });
    await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  /** The process group: the shell, npx, Baton. */
  #kill(signal: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) process.kill(-this.#process.pid, signal);
  }

  #error(what: string): Error {
    return new Error(`${this.#command.title}\n${what}\n${this.#output}`);
  }
}
