import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Controlled, CutOffListener, WorkerListener } from '#core/control/controlled.js';
import { ControlServer, type ControlServerOptions } from '#core/control/server.js';
import { loadNative } from '#core/addon/load.js';
import type { EventsReport, PrimaryStatus } from '#core/status.js';

/** A control directory, or a place for one, that goes when the test ends. */
export function temporaryDirectory(test: TestContext): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'baton-test-'));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A primary that does nothing, and whose commands end when the test says so. */
export class FakeControlled
  extends EventEmitter<{ worker: Parameters<WorkerListener>; cutOff: Parameters<CutOffListener> }>
  implements Controlled
{
  slots = 4;
  generation = 1;
  /** What was asked for. */
  readonly calls: string[] = [];
  reloading: Promise<unknown> = Promise.resolve();
  scaling: Promise<void> = Promise.resolve();
  stopping: Promise<void> = Promise.resolve();
  /** Makes the status larger than a socket's buffers. */
  app = 'app.js';

  status(): PrimaryStatus {
    const { slots, generation, app } = this;
    return {
      version: '1.2.3',
      node: process.version,
      name: 'api',
      pid: process.pid,
      app,
      startedAt: 0,
      handoff: 'connections',
      policy: 'least-loaded',
      slots,
      generation,
      metricsUrl: undefined,
      listeners: [],
      workers: [],
      events: [],
    };
  }

  events(): EventsReport {
    return { events: [{ at: 1_000, kind: 'crash', slot: 0, text: 'pid 77 ended by SIGKILL' }], dropped: {} };
  }

  async reload(options: object): Promise<{ workers: number; generation: number }> {
    this.calls.push(['reload', ...Object.entries(options).flat()].join(' '));
    await this.reloading;
    this.generation += 1;
    return { workers: this.slots, generation: this.generation };
  }

  async scale(workers: number): Promise<void> {
    this.calls.push(`scale ${workers}`);
    await this.scaling;
    this.slots = workers;
  }

  scaleBy(change: number): Promise<void> {
    return this.scale(this.slots + change);
  }

  async stop(): Promise<void> {
    this.calls.push('stop');
    await this.stopping;
  }
}

export interface Served {
  controlled: FakeControlled;
  server: ControlServer;
  directory: string;
  socketPath: string;
}

export type ServeOptions = Partial<ControlServerOptions> & { name?: string };

/** What a control server of that name is given, if nothing else is said. */
export function serverOptions({ name = 'api', ...others }: ServeOptions = {}): ControlServerOptions {
  return { names: [name], app: 'app.js', packageDirectory: `/srv/${name}`, ...others };
}

/** A control server of the name `api`, that the test's end stops. */
export async function serve(
  test: TestContext,
  options: ServeOptions = {},
  directory = temporaryDirectory(test),
): Promise<Served> {
  const controlled = new FakeControlled();
  const server = new ControlServer(loadNative(), controlled, serverOptions(options));
  await server.start(directory);
  test.after(() => server.stop());
  return { controlled, server, directory, socketPath: path.join(directory, `${server.name}.sock`) };
}

export interface Answer {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  text: string;
  /** The lines of the text. */
  json: unknown[];
}

/** Sends a request, and resolves when the answer begins: then a command is under way. */
export function begin(
  socketPath: string,
  method: string,
  url: string,
  body?: string,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, method, path: url, agent: false }, resolve);
    request.on('error', reject);
    request.end(body);
  });
}

/** The rest of an answer that has begun. */
export async function whole(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = await response.toArray();
  const text = Buffer.concat(chunks).toString();
  const lines = text.split('\n').filter((line) => line !== '');
  const json = lines.map((line) => JSON.parse(line) as unknown);
  return { status: response.statusCode, headers: response.headers, text, json };
}

/** Sends a request, and resolves with the whole answer. */
export async function ask(socketPath: string, method: string, url: string, body?: string): Promise<Answer> {
  return whole(await begin(socketPath, method, url, body));
}

/** Sends bytes, and resolves with all that comes until the other end closes. */
export async function sendRaw(socketPath: string, text: string): Promise<string> {
  const socket = net.connect({ path: socketPath, allowHalfOpen: true });
  socket.write(text);
  const chunks: Buffer[] = await socket.toArray();
  return Buffer.concat(chunks).toString();
}
