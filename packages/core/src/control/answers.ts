import { STATUS_CODES, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { BatonError } from '../errors.js';
import { describeError, protocolHeader, protocolVersion } from './protocol.js';
import { Refusal } from './refusal.js';

export function asJson(body: object): Buffer {
  return Buffer.from(`${JSON.stringify(body)}\n`);
}

/** `json`: a body that {@link asJson} has made. */
export function answerJson(
  response: ServerResponse,
  status: number,
  json: Buffer,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': json.length,
  });
  response.end(json);
}

/** Says what is wrong with a request; of what is wrong with us, that something is. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (error instanceof Refusal)
    answerJson(response, error.status, asJson(describeError(error.error)), error.headers);
  else answerJson(response, 500, asJson(describeError(error)));
}

const statusOfParseError = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
]);

/** Answers what is no HTTP, or came too slowly: there is no response to answer with. */
export function refuseGarbage(
  error: NodeJS.ErrnoException,
  socket: Duplex & { bytesWritten?: number },
): void {
  // Of a response that was begun, this would be taken for a part.
  if (!socket.writable || socket.bytesWritten !== 0) return void socket.destroy();
  const { code = '', message } = error;
  const status = statusOfParseError.get(code) ?? 400;
  const json = asJson(describeError(new BatonError('BATON_CONTROL_REQUEST', [message])));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `${protocolHeader}: ${protocolVersion}`,
    'Content-Type: application/json',
    `Content-Length: ${json.length}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json.toString()}`, () => socket.destroy());
}
