import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { BatonError } from '../errors.js';
import type { Connection } from './connect.js';
import { protocolHeader, protocolVersion, type ErrorObject } from './protocol.js';

/** A primary whose event loop is not blocked begins to answer at once, whatever it is asked. */
const answerTimeoutMs = 5_000;

export interface Question {
  method: 'GET' | 'POST';
  route: string;
  body?: object;
}

/** Sends a request. Resolves with a response of our protocol, and of status 200; throws what a wrong one says. */
export async function exchange(connection: Connection, question: Question): Promise<IncomingMessage> {
  const response = await send(connection, question);
  const protocol = response.headers[protocolHeader.toLowerCase()];
  if (protocol !== String(protocolVersion)) {
    response.destroy();
    const theirs =
      protocol === undefined ? "does not speak Baton's protocol" : `speaks version ${String(protocol)}`;
    const detail = `the primary (pid ${connection.pid}) ${theirs}, this command speaks version ${protocolVersion}`;
    throw new BatonError('BATON_CONTROL_PROTOCOL', [detail]);
  }
  if (response.statusCode !== 200) throw failure(JSON.parse(await readText(response)) as ErrorObject);
  return response;
}

async function send({ socket, pid }: Connection, question: Question): Promise<IncomingMessage> {
  const { method, route, body } = question;
  const sent = request({
    createConnection: () => socket,
    method,
    path: `/v${protocolVersion}/${route}`,
    headers: { Connection: 'keep-alive' },
  });
  const timer = setTimeout(() => {
    sent.destroy(new Error(`process ${pid} did not answer within ${answerTimeoutMs / 1000} s`));
  }, answerTimeoutMs);
  try {
    sent.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  } finally {
    clearTimeout(timer);
  }
}

export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = await response.toArray();
  return Buffer.concat(chunks).toString();
}

/** What the primary says it could not do. */
export function failure({ error }: ErrorObject): BatonError {
  const cause = Object.assign(new Error(error.message), { code: error.code });
  return new BatonError('BATON_COMMAND_FAILED', [error.message], cause);
}
