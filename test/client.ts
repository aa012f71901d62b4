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

/** One request on a connection of its own. */
export async function ask(options: http.RequestOptions & { tls?: boolean }): Promise<Answer> {
  const { tls = false, ...rest } = options;
  const target = { agent: false, path: '/', rejectUnauthorized: false, ...rest };
  const request = tls ? https.request(target) : http.request(target);
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
export async function httpRequest(url: string | URL, method = 'GET'): Promise<HttpResponse> {
  const request = http.request(url, { method, agent: false }).end();
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
