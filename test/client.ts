import http from 'node:http';
import https from 'node:https';
import http2 from 'node:http2';
import { once } from 'node:events';

/** What the apps in `test/apps` answer. */
export interface Answer {
  slot: number;
  pid: number;
  /** The path that was asked for. */
  path: string;
}

/** Longer than any app here takes to answer. */
const askTimeoutMs = 20_000;

/** One request on a connection of its own. */
export async function ask(options: http.RequestOptions & { tls?: boolean }): Promise<Answer> {
  const { tls = false, ...rest } = options;
  const target = { agent: false, path: '/', rejectUnauthorized: false, ...rest };
  const request = tls ? https.request(target) : http.request(target);
  request.setTimeout(askTimeoutMs, () => request.destroy(new Error(`no answer within ${askTimeoutMs} ms`)));
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return JSON.parse(await readAll(response)) as Answer;
}

export interface HttpResponse {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/** One request, of any kind, on a connection of its own. */
export async function httpRequest(
  url: string | URL,
  method = 'GET',
  headers: http.OutgoingHttpHeaders = {},
): Promise<HttpResponse> {
  const request = http.request(url, { method, headers, agent: false }).end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, text: await readAll(response) };
}

/** One request over HTTP/2 on a session of its own. */
export async function askHttp2(authority: string): Promise<Answer> {
  const session = http2.connect(authority, { rejectUnauthorized: false });
  const closed = new Promise((resolve) => session.once('close', resolve));
  try {
    const stream = session.request({ ':path': '/' });
    stream.end();
    return JSON.parse(await readAll(stream)) as Answer;
  } finally {
    session.close();
    await closed;
  }
}

/** Many requests, some at a time; the answers of each worker, by its slot. */
export async function askMany(
  count: number,
  atATime: number,
  one: () => Promise<Answer>,
): Promise<Map<number, number>> {
  const bySlot = new Map<number, number>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { slot } = await one();
      bySlot.set(slot, (bySlot.get(slot) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atATime }, client));
  return bySlot;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** What became of a request on a connection of its own. `error` is what the client sees, e.g. ECONNRESET. */
export type Outcome = { kind: 'answered' } | { kind: 'failed'; error: string } | { kind: 'hung' };

export interface Outcomes {
  answered: number;
  /** By the client's error. */
  failed: Record<string, number>;
  hung: number;
}

const patienceMs = 5_000;

/** One request on a connection of its own, with its outcome, whatever that is. */
export function attempt(port: number, path = '/'): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { port, host: '127.0.0.1', path, agent: false, timeout: patienceMs };
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ kind: 'failed', error: error.code ?? error.message });
    const request = http.get(options, (response) => {
      response.resume().on('error', failed);
      response.on('end', () => resolve({ kind: 'answered' }));
    });
    request.on('timeout', () => {
      resolve({ kind: 'hung' });
      request.destroy();
    });
    request.on('error', failed);
  });
}

/** So many clients that ask all the time, on a connection of its own each time, until `work` is done. */
export async function askWhile(port: number, clients: number, work: () => Promise<void>): Promise<Outcomes> {
  const outcomes: Outcomes = { answered: 0, failed: {}, hung: 0 };
  const client = async (isDone: () => boolean): Promise<void> => {
    while (!isDone()) {
      const outcome = await attempt(port);
      if (outcome.kind === 'failed')
        outcomes.failed[outcome.error] = (outcomes.failed[outcome.error] ?? 0) + 1;
      else outcomes[outcome.kind] += 1;
    }
  };
  await withClients(clients, client, work);
  return outcomes;
}

/** So many clients that go on until `work` is done, which `isDone` tells them; waits for them, too. */
export async function withClients(
  count: number,
  client: (isDone: () => boolean) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  let done = false;
  const going = Promise.all(Array.from({ length: count }, () => client(() => done)));
  try {
    await work();
  } finally {
    done = true;
    await going;
  }
}
