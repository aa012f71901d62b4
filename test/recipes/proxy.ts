// Reverse proxies for tests, with the configuration that docs/recipes/proxies.md shows: Debian packages nginx, haproxy, caddy.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileOf } from '../docs/page.js';
import { temporaryDirectory, until } from '../harness.js';
import { freePorts } from '../releases.js';

export const page = 'docs/recipes/proxies.md';

/** Where the page's files have the app and the admin server, and where the test does. */
export interface Places {
  /** `127.0.0.1:3000` on the page. */
  app: string;
  adminPort: number;
}

interface ProxyProgram {
  /** What it is asked to know whether it is installed. */
  versionArgs: readonly string[];
  /** The command line, and the text of its configuration file `config`, in a directory of its own. */
  run: (config: string, directory: string) => readonly string[];
  /** The page's file, which listens on this port instead of 80, and goes where the test's app is. */
  configure: (text: string, port: number, directory: string) => string;
  file: string;
  /** Where it finds, in the file, for how many seconds a connection to the app may be idle; undefined of a proxy that has no such limit. */
  idle: RegExp | undefined;
  /** How the file names an app that listens on a path. */
  unix: (socketPath: string) => string;
  /** The file of an app whose POSTs may be sent again; undefined of a proxy that cannot. */
  sendAgain: ((text: string) => string) | undefined;
}

export type ProxyName = 'nginx' | 'haproxy' | 'caddy';

export const proxies: Readonly<Record<ProxyName, ProxyProgram>> = {
  nginx: {
    versionArgs: ['-v'],
    file: 'app.conf',
    idle: /^ +keepalive_timeout (\d+)s;/m,
    unix: (socketPath) => `unix:${socketPath}`,
    sendAgain: (text) =>
      text.replace('proxy_pass', 'proxy_next_upstream error timeout non_idempotent;\n proxy_pass'),
    run: (config, directory) => ['-p', directory, '-c', config],
    configure: (text, port, directory) => {
      const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
      const places = kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join('\n');
      const server = text.replace('listen 80;', `listen 127.0.0.1:${port};`);
      // One process, so that it neither changes its user nor needs to write anywhere else.
      return `daemon off; master_process off; error_log stderr; pid ${directory}/nginx.pid; events {}
http { access_log off; ${places}\n${server} }`;
    },
  },
  haproxy: {
    versionArgs: ['-v'],
    file: 'haproxy.cfg',
    idle: undefined,
    unix: (socketPath) => `unix@${socketPath}`,
    sendAgain: (text) => text.replace('http-request disable-l7-retry unless METH_GET', ''),
    run: (config) => ['-db', '-f', config],
    configure: (text, port, directory) =>
      `global\n  stats socket ${directory}/stats.sock\n${text.replace('bind :80', `bind 127.0.0.1:${port}`)}`,
  },
  caddy: {
    versionArgs: ['version'],
    file: 'Caddyfile',
    idle: /^ +keepalive (\d+)s$/m,
    unix: (socketPath) => `unix/${socketPath}`,
    sendAgain: undefined,
    run: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
    configure: (text, port) => `{\n  admin off\n}\n${text.replace(':80 {', `http://127.0.0.1:${port} {`)}`,
  },
};

/** Why tests that need this proxy are skipped here, if they are. */
export function without(name: ProxyName): string | false {
  const isThere = spawnSync(name, proxies[name].versionArgs).status === 0;
  return isThere ? false : `${name} (Debian package ${name}) is not installed`;
}

export interface Proxy {
  /** Where it listens. */
  port: number;
  directory: string;
}

/** A proxy that the test's end stops. `change`: what else is to be otherwise in the page's file. */
export async function startProxy(
  test: TestContext,
  name: ProxyName,
  { app, adminPort }: Places,
  change: (text: string) => string = (text) => text,
): Promise<Proxy> {
  const { run, configure, file } = proxies[name];
  const directory = temporaryDirectory(test);
  const [port = 0] = await freePorts(1);
  const config = path.join(directory, file);
  const text = change(fileOf(page, file)).replace('127.0.0.1:3000', app).replace('22866', String(adminPort));
  writeFileSync(config, configure(text, port, directory));
  // To a file, not to pipes of this process, whose descriptors others count.
  const log = openSync(path.join(directory, 'output'), 'w');
  const child = spawn(name, run(config, directory), {
    stdio: ['ignore', log, log],
    env: { ...process.env, HOME: directory, XDG_CONFIG_HOME: directory, XDG_DATA_HOME: directory },
  });
  closeSync(log);
  const closed = once(child, 'close');
  test.after(async () => {
    child.kill('SIGTERM');
    await closed;
  });
  await until(() => {
    if (child.exitCode !== null)
      throw new Error(`${name} ended:\n${readFileSync(path.join(directory, 'output'), 'utf8')}`);
    return accepts(port);
  }, `${name} listens`);
  return { port, directory };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
