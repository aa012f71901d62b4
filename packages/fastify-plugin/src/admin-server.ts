import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { BatonError } from '@baton/core/worker';

/** The primary gives its workers less than this to answer a scrape. */
const timeoutMs = 10_000;

/** What the primary's admin server answers. */
export interface AdminAnswer {
  status: number;
  type: string;
  body: string;
}

/** What is asked, and not answered yet. */
const underWay = new Map<string, Promise<AdminAnswer>>();

/**
 * Asks the primary's admin server. Who asks for the same meanwhile gets the same: that server has room for few connections, and the app
 * may have many clients. Throws BATON_ADMIN_FAILED.
 */
export function askAdminServer(adminUrl: string, path: string, accept = 'text/plain'): Promise<AdminAnswer> {
  const url = adminUrl + path;
  const key = `${url} ${accept}`;
  const answer = underWay.get(key) ?? ask(url, accept).finally(() => underWay.delete(key));
  underWay.set(key, answer);
  return answer;
}

/** On a connection of its own, and through no proxy. */
async function ask(url: string, accept: string): Promise<AdminAnswer> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = http.get(url, { agent: false, signal, headers: { accept } });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const { statusCode: status = 0, headers } = response;
    return { status, type: headers['content-type'] ?? 'text/plain', body: await text(response) };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new BatonError('BATON_ADMIN_FAILED', [url, code ?? message], cause);
  }
}
