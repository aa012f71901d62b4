import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { BatonError } from '../errors.js';
import { LimitedServer } from '../http/limited-server.js';
import { targetOf } from '../http/request-target.js';
import { SharedAnswers } from '../http/shared-answers.js';
import type { MetricsAddress } from '../options.js';
import type { PrimaryStatus } from '../status.js';
import type { MetricObject } from './app-metrics.js';
import { Collector } from './collector.js';
import { expose, isOpenMetricsWanted } from './exposition.js';
import { describeReadiness } from './readiness.js';
import type { Snapshot } from './snapshot.js';
import { statusPage, statusPageFiles, statusPagePolicy } from './status-page.js';

/** What is shown: a primary. */
export interface Watched {
  snapshot(): Snapshot;
  /** `snapshot`: of this moment, where there is one already. */
  status(snapshot?: Snapshot): PrimaryStatus;
  /** The app's own metrics, of all workers that tell them within that time. */
  appMetrics(withinMs: number): Promise<MetricObject[]>;
  readonly options: { minReady: number; stalledTimeoutMs: number; gatherTimeoutMs: number };
}

/** How an answer is wanted. */
interface Wish {
  isOpenMetrics: boolean;
  /** Who asks waits so long for the app's own metrics. */
  withinMs: number;
}

interface Answer {
  status: number;
  type: string;
  body: string | Buffer;
  headers?: Readonly<Record<string, string>>;
}

/** How many ports are tried from the default one on. */
const mostPorts = 100;

/** To write an answer, and to have it read. */
const answerMs = 100;

/** Workers that have nothing else to do answer within that. */
const leastGatherMs = 10;

const plain = 'text/plain; charset=utf-8';

/** The primary's own HTTP server: metrics, health, status. For operators: it is not the app's, and asks for no password. */
export class AdminServer {
  readonly #address: Required<MetricsAddress>;
  readonly #mayMove: boolean;
  readonly #watched: Watched;
  readonly #registry = new Registry();
  readonly #collector = new Collector(this.#registry);
  readonly #server = new LimitedServer({ answer: (...exchange) => this.#answer(...exchange) });
  readonly #answers = new SharedAnswers<Answer>();
  /** What answers at a path. */
  readonly #routes: Readonly<Record<string, (wish: Wish) => Answer | Promise<Answer>>> = {
    '/': () => ({
      status: 200,
      ...statusPage,
      headers: { 'Content-Security-Policy': statusPagePolicy },
    }),
    '/metrics': (wish) => this.#metrics(wish),
    '/livez': () => ({ status: 200, type: plain, body: 'ok\n' }),
    '/readyz': () => this.#readiness(),
    '/status': () => ({
      status: 200,
      type: 'application/json; charset=utf-8',
      body: JSON.stringify(this.#watched.status()),
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
      const choice = 'Choose a fixed address with --metrics [host:]port';
      warn(
        `The default metrics port, ${wanted}, is in use; the metrics are at ${this.url}/metrics. ${choice}.`,
      );
    }
  }

  /** False if the port is in use and `mayFail`. */
  async #listen(port: number, mayFail: boolean): Promise<boolean> {
    const { host } = this.#address;
    try {
      await this.#server.listen({ host, port });
      return true;
    } catch (cause) {
      const { code = 'error' } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' && mayFail) return false;
      const why = code === 'ERR_ACCESS_DENIED' ? `${code}: node was started without --allow-net` : code;
      throw new BatonError('BATON_METRICS_LISTEN', [`${formatHost(host)}:${port} (${why})`], cause);
    }
  }

  /** e.g. `http://127.0.0.1:22866`; undefined while it does not listen. */
  get url(): string | undefined {
    const address = this.#server.http.address() as AddressInfo | null;
    return address === null ? undefined : `http://${formatHost(address.address)}:${address.port}`;
  }

  async stop(): Promise<void> {
    const { http } = this.#server;
    if (!http.listening) return;
    const closed = once(http, 'close');
    http.close();
    http.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host, path } = targetOf(request);
    if (isForeign(request, host, this.#address.host)) {
      const body = `Unknown host ${host}. Use an IP address or localhost.\n`;
      return end(response, { status: 421, type: plain, body });
    }
    const file = statusPageFiles.get(path);
    const route = file ? () => ({ status: 200, ...file }) : this.#routes[path];
    if (route === undefined) {
      const known = Object.keys(this.#routes).join(' ');
      return end(response, { status: 404, type: plain, body: `Not found. Available: ${known}\n` });
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return end(response, { status: 405, type: plain, body: 'Only GET and HEAD are allowed.\n' });
    }
    try {
      const wish = {
        isOpenMetrics: isOpenMetricsWanted(request.headers.accept),
        withinMs: Math.min(timeLeft(request), this.#watched.options.gatherTimeoutMs),
      };
      end(response, await this.#answers.get(`${path} ${JSON.stringify(wish)}`, () => route(wish)));
    } catch (error) {
      end(response, { status: 500, type: plain, body: `${String(error)}\n` });
    }
  }

  async #metrics({ isOpenMetrics, withinMs }: Wish): Promise<Answer> {
    const ofApp = await this.#watched.appMetrics(withinMs);
    const snapshot = this.#watched.snapshot();
    this.#collector.update(snapshot, this.#watched.status(snapshot));
    const ours = (await this.#registry.getMetricsAsJSON()) as unknown as MetricObject[];
    const { contentType, body } = expose([...ours, ...ofApp], isOpenMetrics);
    return { status: 200, type: contentType, body };
  }

  #readiness(): Answer {
    const { isReady, text } = describeReadiness(this.#watched.snapshot(), this.#watched.options);
    return { status: isReady ? 200 : 503, type: plain, body: text };
  }
}

/** For how long a scrape may gather, if Prometheus is to have its answer before it gives up. */
function timeLeft({ headers }: IncomingMessage): number {
  const seconds = Number(headers['x-prometheus-scrape-timeout-seconds'] ?? NaN);
  return seconds > 0 ? Math.max(seconds * 1_000 - answerMs, leastGatherMs) : Infinity;
}

function end(response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    ...headers,
  });
  response.end(body);
}

/**
 * A page on the web may have its own name point to 127.0.0.1, and read what the user's browser finds there (DNS rebinding). So on
 * loopback nobody is asked for by a name but localhost. `host`: for which the request is. `own`: on which the server listens.
 */
function isForeign({ socket }: IncomingMessage, host: string, own: string): boolean {
  const { localAddress = '' } = socket;
  if (!/^(::ffff:)?127\.|^::1$/.test(localAddress)) return false;
  return host !== '' && host !== 'localhost' && host !== own.toLowerCase() && isIP(host) === 0;
}

function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
