// An app's process, and how processes end.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { Case } from './case.js';
import { root, until } from '../harness.js';
import { Journal } from '../journal.js';
import { freePorts } from '../releases.js';

/** How long an app may take to listen: agents take their time, on a busy machine above all. */
export const bootTimeoutMs = 60_000;

export function folderOf({ name, example }: Pick<Case, 'name' | 'example'>): string {
  return path.join(root, example === undefined ? `test/real-apps/apps/${name}` : `examples/${example}`);
}

/** What one run of an app has for itself: a port, a journal, a directory for its data. */
export class Place {
  readonly origin: string;
  readonly port: number;
  readonly journal: Journal;
  readonly env: NodeJS.ProcessEnv;
  readonly #data: string;

  private constructor(app: Case, directory: string, port: number) {
    this.port = port;
    this.origin = `http://127.0.0.1:${port}`;
    this.#data = path.join(directory, 'data');
    const journal = path.join(directory, 'journal');
    const runtime = path.join(directory, 'run');
    mkdirSync(this.#data, { recursive: true });
    mkdirSync(journal);
    mkdirSync(runtime, { mode: 0o700 });
    this.journal = new Journal(journal, path.join(root, 'test/real-apps/preload.cjs'));
    this.env = {
      ...this.journal.env,
      NODE_ENV: 'production',
      XDG_RUNTIME_DIR: runtime,
      DATA_DIR: this.#data,
      HOST: '127.0.0.1',
      PORT: String(port),
      ...app.env,
    };
  }

  static async find(app: Case, directory: string): Promise<Place> {
    const [port] = await freePorts(1);
    assert.ok(port !== undefined);
    return new Place(app, directory, port);
  }

  /** What the app has written to the files of this name, with whatever stands behind it. */
  written(name: string): string {
    const files = readdirSync(this.#data).filter((file) => file.startsWith(name));
    return files.map((file) => readFileSync(path.join(this.#data, file), 'utf8')).join('');
  }
}

/** How a process has ended: `exit code 0`, `SIGTERM`. */
export function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ?? `exit code ${code}`;
}

/** The app by itself, as `node app.js`. */
export class AppAlone {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;
  output = '';
  #errors = '';

  private constructor(app: Case, { env }: Place) {
    const { nodeArgs = [], args = [] } = app;
    this.#child = spawn(process.execPath, [...nodeArgs, app.app, ...args], {
      cwd: folderOf(app),
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
    this.#ended = once(this.#child, 'close').then(([code, signal]) =>
      describeEnd(code as number | null, signal as NodeJS.Signals | null),
    );
  }

  static async start(app: Case, place: Place): Promise<AppAlone> {
    const started = new AppAlone(app, place);
    const isUp = async (): Promise<boolean> => {
      assert.equal(started.#child.exitCode, null, `node ${app.app} has ended:\n${started.#errors}`);
      return answersTo(place.port);
    };
    try {
      await until(isUp, `${app.name} listens`, bootTimeoutMs);
    } catch (error) {
      await started.kill();
      throw error;
    }
    return started;
  }

  /** Sends SIGTERM. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with how it has ended, once all that it wrote is here. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

async function answersTo(port: number): Promise<boolean> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
