import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry } from 'prom-client';
import { BatonError } from '../errors.js';
import type { MetricsAddress } from '../options.js';
import { Collector } from './collector.js';
import type { PrimaryStatus } from '../status.js';
import type { Snapshot } from './snapshot.js';

/** What is shown: a primary. */
export interface Watched {
  snapshot(): Snapshot;
  status(): PrimaryStatus;
}

/** The primary's own HTTP server: `GET /metrics`, in the Prometheus text format. */
export class AdminServer {
  readonly #address: Required<MetricsAddress>;
  readonly #watched: Watched;
  readonly #registry = new Registry();
  readonly #collector = new Collector(this.#registry);
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(address: Required<MetricsAddress>, watched: Watched) {
    this.#address = address;
    this.#watched = watched;
  }

  /** Throws BATON_METRICS_LISTEN. */
  async start(): Promise<void> {
    const { host, port } = this.#address;
    try {
      this.#server.listen(port, host);
      await once(this.#server, 'listening');
    } catch (cause) {
      const { code = 'error' } = cause as NodeJS.ErrnoException;
      throw new BatonError('BATON_METRICS_LISTEN', [`${formatHost(host)}:${port} (${code})`], cause);
    }
  }

  get url(): string | undefined {
    const address = this.#server.address() as AddressInfo | null;
    return address === null ? undefined : `http://${formatHost(address.address)}:${address.port}/metrics`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?', 1)[0];
    if (path !== '/metrics') return end(response, 404, 'Not found. The metrics are at /metrics.\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return end(response, 405, 'Only GET and HEAD.\n');
    }
    try {
      this.#collector.update(this.#watched.snapshot(), this.#watched.status());
      const text = await this.#registry.metrics();
      end(response, 200, text, this.#registry.contentType);
    } catch (error) {
      end(response, 500, `${String(error)}\n`);
    }
  }
}

function end(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
