import { renameSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from './harness.js';

const host = '127.0.0.1';

/** What each release begins with. `serve(…)` is a server that answers as the apps in `test/apps` do. */
const prelude = `
const fs = require('node:fs');
const http = require('node:http');
const ports = process.env.PORTS.split(',').map(Number);
const answer = (request, response) => response.end(
  JSON.stringify({ slot: Number(process.env.BATON_SLOT), pid: process.pid, path: request.url }),
);
const serve = (port, host = '${host}') => http.createServer(answer).listen(port, host);
`;

/** An app with fixed ports, of which each release is a program of its own. */
export class Releases {
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ports: readonly number[];

  private constructor(directory: string, ports: readonly number[], source: string) {
    this.file = path.join(directory, 'app.cjs');
    this.env = { ...process.env, PORTS: ports.join(',') };
    this.ports = ports;
    this.release(source);
  }

  /** With so many ports of its own: `ports` in the source. */
  static async first(test: TestContext, count: number, source: string): Promise<Releases> {
    return new Releases(temporaryDirectory(test), await freePorts(count), source);
  }

  /** Whoever starts reads either the old one or this one. */
  release(source: string): void {
    writeFileSync(`${this.file}.new`, `${prelude}${source}\n`);
    renameSync(`${this.file}.new`, this.file);
  }
}

/** So many ports that nothing listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
