// Clients that ask all the time at a modest rate, and what became of each request.
import http from 'node:http';
import { once } from 'node:events';
import type { Case, LoadClient } from './case.js';
import { until } from '../harness.js';

/** One request, with what became of it. */
export interface Asked {
  id: string;
  /** By the clock of `performance`. */
  beganAt: number;
  endedAt: number;
  /** The answer; `undefined` where there is none. */
  text?: string;
  /** Why there is none. */
  error?: string;
  hung: boolean;
  /** The status of an answer that is not 200. */
  status?: number | undefined;
  /** Whether it went out on a connection that had already been used. */
  reused: boolean;
}

const patienceMs = 5_000;
const pauseMs = 25;
const stepMs = 12;

/** Whether an error is the end of the connection, without an answer. */
const reset = new Set(['ECONNRESET', 'EPIPE']);

class HttpClient implements LoadClient {
  readonly #agent: http.Agent | false;
  readonly #origin: string;
  readonly #paths: readonly string[];
  readonly #headers: Readonly<Record<string, string>>;
  #turn: number;

  /** `turn`: which of the paths is the first. */
  constructor(origin: string, { load = [], loadHeaders = {} }: Case, keepAlive: boolean, turn: number) {
    this.#origin = origin;
    this.#paths = load;
    this.#headers = loadHeaders;
    this.#turn = turn;
    this.#agent = keepAlive ? new http.Agent({ keepAlive: true, maxSockets: 1 }) : false;
  }

  async ask(id: string): Promise<string> {
    const path = this.#paths[this.#turn++ % this.#paths.length]!;
    const request = http.get(new URL(withId(path, id), this.#origin), {
      agent: this.#agent,
      headers: this.#headers,
    });
    request.setTimeout(patienceMs * 2, () => request.destroy(new Error('no answer')));
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
      if (response.statusCode !== 200)
        throw Object.assign(new Error(`${response.statusCode}: ${text}`), { status: response.statusCode });
      return `${path} ${text}`;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      throw Object.assign(error as Error, { reused: request.reusedSocket && reset.has(code) });
    }
  }

  close(): void {
    if (this.#agent !== false) this.#agent.destroy();
  }
}

function withId(path: string, id: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}id=${id}`;
}

/** Half of the clients keep their connection, half open one for each request. */
export function httpClients(origin: string, app: Case, count: number): LoadClient[] {
  return Array.from(
    { length: count },
    (_, index) => new HttpClient(origin, app, index % 2 === 0, index >> 1),
  );
}

export class Load {
  readonly asked: Asked[] = [];
  readonly #name: string;
  readonly #clients: readonly LoadClient[];
  readonly #going: Promise<unknown>;
  #done = false;

  /** `name`: what ids begin with. The clients are closed when the load ends. */
  constructor(name: string, clients: readonly LoadClient[]) {
    this.#name = name;
    this.#clients = clients;
    this.#going = Promise.all(clients.map((client, index) => this.#keepAsking(client, index)));
  }

  /** Resolves when so many more requests are answered. */
  async answers(count: number): Promise<void> {
    const answered = (): number => this.asked.filter(({ text }) => text !== undefined).length;
    const before = answered();
    await until(() => answered() >= before + count, `${count} requests are answered`, 30_000);
  }

  /** Ends, after the requests that are under way. */
  async end(): Promise<Asked[]> {
    this.#done = true;
    await this.#going;
    for (const client of this.#clients) client.close();
    return this.asked;
  }

  async #keepAsking(client: LoadClient, index: number): Promise<void> {
    // Not in step with the others: at any moment, some requests are under way.
    await new Promise((resolve) => setTimeout(resolve, index * stepMs));
    for (let i = 0; !this.#done; i++) {
      this.asked.push(await askOnce(client, `${this.#name}-${index}-${i}`));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

async function askOnce(client: LoadClient, id: string): Promise<Asked> {
  const beganAt = performance.now();
  const asked = (
    rest: Pick<Asked, 'text' | 'error' | 'status'> & { reused?: boolean; hung?: boolean },
  ): Asked => ({
    id,
    beganAt,
    endedAt: performance.now(),
    hung: false,
    reused: false,
    ...rest,
  });
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<Asked>((resolve) => {
    timer = setTimeout(
      () => resolve(asked({ error: `no answer within ${patienceMs} ms`, hung: true })),
      patienceMs,
    );
  });
  const answered = client.ask(id).then(
    (text) => asked({ text }),
    ({ message, reused = false, status }: Error & { reused?: boolean; status?: number }) =>
      asked({ error: message, reused, status }),
  );
  try {
    return await Promise.race([answered, hung]);
  } finally {
    clearTimeout(timer);
  }
}
