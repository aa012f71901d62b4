import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { accepts } from './contenders.js';

/** The version of the HAProxy that is installed, if one is. */
export function haproxyVersion(): string | undefined {
  return /version (\S+)/.exec(spawnSync('haproxy', ['-v'], { encoding: 'utf8' }).stdout ?? '')?.[1];
}

export interface HAProxyOptions {
  port: number;
  appPort: number;
  /** To the app, at most; none of them is closed for being idle. */
  connections: number;
}

/** HAProxy before the app, with a few connections that all clients share. */
export class HAProxy {
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(child: ChildProcess, directory: string) {
    this.#process = child;
    this.#directory = directory;
  }

  static async start(options: HAProxyOptions): Promise<HAProxy> {
    const directory = mkdtempSync(path.join(tmpdir(), 'baton-bench-'));
    const file = path.join(directory, 'haproxy.cfg');
    writeFileSync(file, configure(options));
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    const haproxy = new HAProxy(child, directory);
    while (!(await accepts(options.port))) {
      if (child.exitCode !== null) throw new Error(`haproxy ended:\n${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return haproxy;
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
    rmSync(this.#directory, { recursive: true });
  }
}

function configure({ port, appPort, connections }: HAProxyOptions): string {
  const pool = `pool-max-conn ${connections} pool-purge-delay 10m`;
  return `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 30s
listen app
  bind 127.0.0.1:${port}
  http-reuse always
  server app 127.0.0.1:${appPort} maxconn ${connections} ${pool}
`;
}
