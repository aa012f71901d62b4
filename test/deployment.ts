import { mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { ask, type Answer } from './client.js';
import { startCommand, temporaryDirectory, type Command, type CommandOptions } from './harness.js';

/** What the app of a release answers. */
export interface ReleaseAnswer extends Answer {
  /** The number of the release whose code runs. */
  release: number;
  /** process.cwd(), $PWD and __dirname. */
  cwd: string;
  pwd: string;
  directory: string;
  args: string[];
  /** What modules that are loaded before the app have left. */
  preloaded: unknown;
  env: NodeJS.ProcessEnv;
}

/** A server that tells what it was started from. `before`: what it does first. */
export function releaseApp(release: number, before = ''): string {
  return `
    ${before};
    const answer = () => ({
      slot: Number(process.env.BATON_SLOT),
      pid: process.pid,
      release: ${release},
      cwd: process.cwd(),
      pwd: process.env.PWD,
      directory: __dirname,
      args: process.argv.slice(2),
      preloaded: globalThis.preloaded,
      env: process.env,
    });
    const listen = process.env.SOCKET ? [process.env.SOCKET] : [0, '127.0.0.1'];
    require('node:http').createServer((_, response) => response.end(JSON.stringify(answer()))).listen(...listen);`;
}

/** A directory of releases as deployment tools have it: `releases/7`, `releases/8`, and `current`, a link to one of them. */
export class Deployment {
  readonly root: string;
  /** The link. */
  readonly current: string;
  readonly #test: TestContext;
  readonly #runtime: string;

  /** Has release 7, and leads to it. */
  constructor(test: TestContext, files: Readonly<Record<string, string>> = {}) {
    this.#test = test;
    this.root = realpathSync(temporaryDirectory(test));
    this.#runtime = temporaryDirectory(test);
    this.current = path.join(this.root, 'current');
    this.add(7, files);
    this.point(7);
  }

  directory(release: number): string {
    return path.join(this.root, 'releases', String(release));
  }

  /** Puts a release there: its app, unless `files` has another, and these files. */
  add(release: number, files: Readonly<Record<string, string>> = {}): void {
    const all = { 'app.cjs': releaseApp(release), 'package.json': '{"name": "shop"}', ...files };
    for (const [name, content] of Object.entries(all)) {
      const file = path.join(this.directory(release), name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  /** Has the link lead to the release, in one step. */
  point(release: number): void {
    symlinkSync(this.directory(release), `${this.current}.new`);
    renameSync(`${this.current}.new`, this.current);
  }

  remove(release: number): void {
    rmSync(this.directory(release), { recursive: true });
  }

  /** A baton command that is run where the link leads, as from a shell that has come there by the link. */
  command(args: readonly string[], options: CommandOptions = {}): Command {
    const env = { PWD: this.current, XDG_RUNTIME_DIR: this.#runtime, ...options.env };
    return startCommand(this.#test, args, { cwd: this.current, ...options, env });
  }

  /** A primary, with the port on which its app answers. */
  async start(
    args: readonly string[],
    options: CommandOptions = {},
  ): Promise<{ command: Command; port: number }> {
    const command = this.command(['--no-metrics', '--probation', '0', ...args], options);
    const [, port] = await command.seen(/listening +127\.0\.0\.1:(\d+)[^]*stop it with/);
    return { command, port: Number(port) };
  }
}

export async function askRelease(target: number | { socketPath: string }): Promise<ReleaseAnswer> {
  const options = typeof target === 'number' ? { port: target, host: '127.0.0.1' } : target;
  return (await ask(options)) as ReleaseAnswer;
}
