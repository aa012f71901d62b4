import { once } from 'node:events';
import http from 'node:http';
import type https from 'node:https';
import type { Socket } from 'node:net';
import { withClients } from './client.js';

/** What clients that keep one connection each have seen. */
export interface KeptAlive {
  answered: number;
  /** Requests that failed, by what the client saw. */
  failed: Record<string, number>;
  /** How often a client had to open another connection. */
  reconnected: number;
  /** By whom the requests were answered. */
  pids: Set<number>;
}

/** A client that keeps its connection, and counts what it sees. */
export class KeepAliveClient {
  readonly #module: typeof http | typeof https;
  readonly #agent: http.Agent;
  readonly #options: http.RequestOptions;
  readonly #seen: KeptAlive;
  #socket: Socket | undefined;

  constructor(options: http.RequestOptions, seen: KeptAlive, module: typeof http | typeof https = http) {
    this.#module = module;
    this.#agent = new module.Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 60_000 });
    this.#options = { ...options, agent: this.#agent };
    this.#seen = seen;
  }

  /** One request, with a body if there is one. Resolves when it is answered, or has failed. */
  async ask(path = '/', body?: (request: http.ClientRequest) => Promise<void>): Promise<string> {
    const request = this.#module.request({ ...this.#options, path, method: body ? 'POST' : 'GET' });
    request.on('socket', (socket: Socket) => {
      if (this.#socket !== undefined && this.#socket !== socket) this.#seen.reconnected += 1;
      this.#socket = socket;
    });
    try {
      const responded = once(request, 'response') as Promise<[http.IncomingMessage]>;
      responded.catch(() => {});
      await body?.(request);
      request.end();
      const [response] = await responded;
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      if (response.statusCode !== 200) throw Object.assign(new Error(text), { code: response.statusCode });
      this.#seen.answered += 1;
      this.#seen.pids.add((JSON.parse(text) as { pid: number }).pid);
      return text;
    } catch (error) {
      const { code = (error as Error).message } = error as NodeJS.ErrnoException;
      this.#seen.failed[code] = (this.#seen.failed[code] ?? 0) + 1;
      return '';
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

export function nothingSeen(): KeptAlive {
  return { answered: 0, failed: {}, reconnected: 0, pids: new Set() };
}

/** So many clients that ask all the time, each on the one connection that it keeps, until `work` is done. */
export async function keepAskingWhile(
  options: http.RequestOptions,
  count: number,
  work: () => Promise<void>,
  module: typeof http | typeof https = http,
): Promise<KeptAlive> {
  const seen = nothingSeen();
  const client = async (isDone: () => boolean): Promise<void> => {
    const one = new KeepAliveClient(options, seen, module);
    while (!isDone()) {
      await one.ask();
      // Idle now and then, as clients are: for up to 20 ms.
      if (Math.random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    }
    one.close();
  };
  await withClients(count, client, work);
  return seen;
}
