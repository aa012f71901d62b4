import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { BatonError } from '../errors.js';
import type { MetricsAddress } from '../options.js';
import type { PrimaryStatus } from '../status.js';
import type { MetricObject } from './app-metrics.js';
import { Collector } from './collector.js';
import { expose } from './exposition.js';
import { describeReadiness } from './readiness.js';
import type { Snapshot } from './snapshot.js';
import { statusPage, statusPagePolicy } from './status-page.js';

/** What is shown: a primary. */
export interface Watched {
  snapshot(): Snapshot;
  /** `snapshot`: of this moment, where there is one already. */
  status(snapshot?: Snapshot): PrimaryStatus;
  /** The app's own metrics, of all workers. */
  appMetrics(): Promise<MetricObject[]>;
  readonly options: { minReady: number; stalledTimeoutMs: number };
}

interface Answer {
  status: number;
  type: string;
  text: string;
  headers?: Readonly<Record<string, string>>;
}

/** How many ports are tried from the default one on. */
const mostPorts = 100;

const plain = 'text/plain; charset=utf-8';

/** The primary's own HTTP server: metrics, health, status. For operators: it is not the app's, and asks for no password. */
export class AdminServer {
  readonly #address: Required<MetricsAddress>;
  readonly #mayMove: boolean;
  readonly #watched: Watched;
  readonly #registry = new Registry();
  readonly #collector = new Collector(this.#registry);
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #routes: Readonly<Record<string, (request: IncomingMessage) => Answer | Promise<Answer>>> = {
    '/': () => ({
      status: 200,
      type: 'text/html; charset=utf-8',
      text: statusPage,
      headers: { 'Content-Security-Policy': statusPagePolicy },
    }),
    '/metrics': ({ headers }) => this.#metrics(headers.accept),
    '/livez': () => ({ status: 200, type: plain, text: 'ok\n' }),
    '/readyz': () => this.#readiness(),
    '/status': () => ({
      status: 200,
      type: 'application/json; charset=utf-8',
      text: JSON.stringify(this.#watched.status()),
    }),
  };

  /** `mayMove`: where the port is in use, one of the next may be taken. */
  constructor(address: Required<MetricsAddress>, watched: Watched, mayMove: boolean) {
    this.#address = address;
    this.#watched = watched;
    this.#mayMove = mayMove;
  }

  /** `warn` is told if it is not the port of the address. Throws BATON_METRICS_LISTEN. */
  async start(warn: (message: string) => void): Promise<void> {
    const { port: wanted } = this.#address;
    const last = this.#mayMove ? wanted + mostPorts - 1 : wanted;
    let port = wanted;
    while (!(await this.#listen(port, port < last))) port += 1;
    if (port !== wanted) {
      const choice = 'Choose one that stays with --metrics [host:]port';
      warn(`The metrics' default port, ${wanted}, is in use; they are at ${this.url}/metrics. ${choice}.`);
    }
  }

  /** False if the port is in use and `mayFail`. */
  async #listen(port: number, mayFail: boolean): Promise<boolean> {
    const { host } = this.#address;
    try {
      this.#server.listen(port, host);
      await once(this.#server, 'listening');
      return true;
    } catch (cause) {
      const { code = 'error' } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && mayFail) return false;
      throw new BatonError('BATON_METRICS_LISTEN', [`${formatHost(host)}:${port} (${code})`], cause);
    }
  }

  /** e.g. `http://127.0.0.1:22866`; undefined while it does not listen. */
  get url(): string | undefined {
    const address = this.#server.address() as AddressInfo | null;
    return address === null ? undefined : `http://${formatHost(address.address)}:${address.port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isForeign(request, this.#address.host)) {
      const text = `Here is no ${request.headers.host}. Ask for an address, or localhost.\n`;
      return end(response, { status: 421, type: plain, text });
    }
    const route = this.#routes[request.url?.split('?', 1)[0] ?? ''];
    if (route === undefined) {
      const known = Object.keys(this.#routes).join(' ');
      return end(response, { status: 404, type: plain, text: `Not found. There are ${known}\n` });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return end(response, { status: 405, type: plain, text: 'Only GET and HEAD.\n' });
    }
    try {
      end(response, await route(request));
    } catch (error) {
      end(response, { status: 500, type: plain, text: `${String(error)}\n` });
    }
  }

  async #metrics(accept: string | undefined): Promise<Answer> {
    const ofApp = await this.#watched.appMetrics();
    const snapshot = this.#watched.snapshot();
    this.#collector.update(snapshot, this.#watched.status(snapshot));
    const ours = (await this.#registry.getMetricsAsJSON()) as unknown as MetricObject[];
    const { contentType, text } = await expose([...ours, ...ofApp], accept);
    return { status: 200, type: contentType, text };
  }

  #readiness(): Answer {
    const { isReady, text } = describeReadiness(this.#watched.snapshot(), this.#watched.options);
    return { status: isReady ? 200 : 503, type: plain, text };
  }
}

function end(response: ServerResponse, { status, type, text, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ...headers,
  });
  response.end(text);
}

/**
 * A page on the web may have its own name point to 127.0.0.1, and read what the user's browser finds there (DNS rebinding). So on
 * loopback nobody is asked for by a name but localhost.
 */
function isForeign({ headers, socket }: IncomingMessage, host: string): boolean {
  const { localAddress = '' } = socket;
  if (!/^(::ffff:)?127\.|^::1$/.test(localAddress)) return false;
  const name = headers.host?.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1') ?? '';
  return name !== '' && name !== 'localhost' && name !== host && isIP(name) === 0;
}

function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
