// The examples as readers try them: their folder, started as its package.json says with the clone's own Baton, and the commands of
// their README.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { blocksOf } from '../docs/page.js';
import { root, startCommand, temporaryDirectory, type Command } from '../harness.js';

/** What `baton status --json` tells of a worker. */
export interface Worker {
  slot: number;
  pid: number;
  state: string;
  /** Under way now. */
  requests: number;
}

interface Manifest {
  scripts: { start: string } & Record<string, string>;
  dependencies: Record<string, string>;
}

/** An example that runs, with two workers. */
export class Example {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly primary: Command;
  port = 0;
  #admin = '';

  private constructor(t: TestContext, name: string, env: NodeJS.ProcessEnv) {
    this.#folder = path.join(root, 'examples', name);
    this.#env = {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      BATON_WORKERS: '2',
      BATON_PROBATION: '100ms',
      // However little time the machine gives a worker. Sessions of Socket.IO depend on it: there it is what readers get.
      ...(name !== 'socket-io' && { BATON_STALL_AFTER: '10000' }),
      BATON_METRICS: '127.0.0.1:0',
      XDG_RUNTIME_DIR: temporaryDirectory(t),
      ...env,
    };
    const { start } = manifestOf(name).scripts;
    const [program, ...args] = start.split(' ');
    assert.equal(program, 'baton');
    const file = realpathSync(path.join(this.#folder, 'node_modules/@baton/core/bin/baton.js'));
    assert.ok(file.startsWith(path.join(root, 'packages/core/')), file);
    this.primary = startCommand(t, args, { file, cwd: this.#folder, env: this.#env });
  }

  /** Resolves when it serves. The test's end stops it. */
  static async start(t: TestContext, name: string, env: NodeJS.ProcessEnv = {}): Promise<Example> {
    const example = new Example(t, name, env);
    const [, port] = await example.primary.seen(/listening +127\.0\.0\.1:(\d+)/);
    const [, admin = ''] = await example.primary.seen(/metrics +http:\/\/(\S+)\/metrics/);
    await example.primary.seen(/stop it with/);
    example.#admin = admin;
    example.port = Number(port);
    return example;
  }

  /** What clients connect to. */
  get target(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  /** Runs a command of the README in the folder. What it wrote to standard output. `pid`: for the README's 4711. */
  async run(command: string, pid?: number): Promise<string> {
    const line = this.#here(command).replace('4711', String(pid));
    return (await promisify(execFile)('sh', ['-c', line], { cwd: this.#folder, env: this.#env })).stdout;
  }

  /** Starts a program of the folder that is a client, as the README does: `node FILE …`. The test's end stops it. */
  startClient(t: TestContext, command: string, input?: string): Command {
    const [program, file, ...args] = command.split(' ');
    assert.equal(program, 'node');
    const env = { ...this.#env, URL: `http://127.0.0.1:${this.port}` };
    return startCommand(t, args, {
      file: path.join(this.#folder, file ?? ''),
      cwd: this.#folder,
      env,
      ...(input !== undefined && { input }),
    });
  }

  #here(command: string): string {
    return command
      .replaceAll('localhost:3000', `127.0.0.1:${this.port}`)
      .replaceAll('127.0.0.1:22866', this.#admin);
  }

  async workers(): Promise<Worker[]> {
    const { workers } = JSON.parse(await this.run('node_modules/.bin/baton status --json')) as {
      workers: Worker[];
    };
    return workers;
  }

  /** The pids of the workers that are ready. */
  async pids(): Promise<number[]> {
    return (await this.workers()).filter(({ state }) => state === 'ready').map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    await this.run('npx baton stop');
    assert.deepEqual(await this.primary.exited, { code: 0, signal: null }, this.primary.stderr);
  }
}

/** The commands of an example's README behind the one that installs and starts it, without their comments. */
export function commandsOf(name: string): string[] {
  const page = `examples/${name}/README.md`;
  const blocks = blocksOf(page).filter(({ language, test }) => language === 'sh' && test !== undefined);
  const [start = '', ...commands] = blocks.flatMap(({ text }) => text.trim().split('\n'));
  assert.equal(start, 'npm install && npm start', page);
  return commands.map((line) => line.replace(/ +#.*$/, ''));
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, 'examples', name, 'package.json'), 'utf8')) as Manifest;
}
