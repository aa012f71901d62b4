import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { app } from './harness.js';

/** What the workers of `apps/journal.cjs` have written down. */
export class Journal {
  readonly #directory: string;
  readonly #preload: string;

  /** `preload`: what writes down, as `apps/journal-begin.cjs` does. */
  constructor(directory: string, preload = app('journal-begin.cjs')) {
    this.#directory = directory;
    this.#preload = preload;
  }

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      JOURNAL: this.#directory,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --require ${JSON.stringify(this.#preload)}`,
    };
  }

  /** The requests that some worker began to answer, with the pids of those that did. */
  begun(): Map<string, number[]> {
    const begun = new Map<string, number[]>();
    for (const pid of readdirSync(this.#directory).map(Number)) {
      for (const [event, url] of this.#lines(pid)) {
        if (event === 'begin') begun.set(url, [...(begun.get(url) ?? []), pid]);
      }
    }
    return begun;
  }

  /** The requests that this worker began to answer, and did not end. */
  executing(pid: number): Set<string> {
    const executing = new Set<string>();
    for (const [event, url] of this.#lines(pid)) {
      if (event === 'begin') executing.add(url);
      else executing.delete(url);
    }
    return executing;
  }

  /** The code that this process has exited with; `undefined` where it has not, or was ended by a signal. */
  exitCode(pid: number): number | undefined {
    const [, code] = this.#lines(pid).find(([event]) => event === 'exit') ?? [];
    return code === undefined ? undefined : Number(code);
  }

  #lines(pid: number): [event: string, url: string][] {
    const text = readFileSync(path.join(this.#directory, String(pid)), 'utf8');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => line.split(' ') as [string, string]);
  }
}
