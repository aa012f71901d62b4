import http from 'node:http';
import { once } from 'node:events';

export interface VisitorAnswer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON. */
  body?: string | Uint8Array | FormData | object;
}

/** Headers that differ from one answer to the next. */
const changing = new Set(['date', 'last-modified']);

/** Somebody with a browser: asks, each time on a new connection, so that each worker may be asked, and keeps cookies. */
export class Visitor {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  get origin(): string {
    return this.#origin;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<VisitorAnswer> {
    return this.ask(path, { headers });
  }

  post(
    path: string,
    body: NonNullable<Question['body']>,
    headers: Record<string, string> = {},
  ): Promise<VisitorAnswer> {
    return this.ask(path, { method: 'POST', headers, body });
  }

  async ask(path: string, { method = 'GET', headers = {}, body }: Question): Promise<VisitorAnswer> {
    const encoded = body === undefined ? undefined : await encode(body);
    const request = http.request(new URL(path, this.#origin), {
      method,
      agent: false,
      timeout: 10_000,
      headers: { ...this.#cookieHeader(), ...encoded?.headers, ...headers },
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer within 10 s`)));
    request.end(encoded?.bytes);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    this.#keepCookies(response.headers['set-cookie'] ?? []);
    return { status: response.statusCode, headers: withoutChanging(response.headers), text };
  }

  #cookieHeader(): Record<string, string> {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { cookie: pairs.join('; ') };
  }

  #keepCookies(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
  }
}

async function encode(
  body: NonNullable<Question['body']>,
): Promise<{ headers: Record<string, string>; bytes: string | Uint8Array }> {
  if (typeof body === 'string' || body instanceof Uint8Array) return { headers: {}, bytes: body };
  if (!(body instanceof FormData))
    return { headers: { 'content-type': 'application/json' }, bytes: JSON.stringify(body) };
  const encoded = new Response(body);
  const type = encoded.headers.get('content-type') ?? '';
  return { headers: { 'content-type': type }, bytes: new Uint8Array(await encoded.arrayBuffer()) };
}

function withoutChanging(headers: http.IncomingHttpHeaders): VisitorAnswer['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !changing.has(name)));
}
