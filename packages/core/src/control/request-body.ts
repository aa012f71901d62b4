import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.js';

export const mostBodyBytes = 64 * 1024;

/** The body of a request: a JSON object, or nothing, which counts as one without keys. Throws a {@link Refusal}. */
export async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) throw new Refusal(413, `its body is longer than ${mostBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return parseBody(Buffer.concat(chunks).toString());
}

function parseBody(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `its body is not valid JSON: ${(error as Error).message}`);
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal(400, 'its body must be a JSON object');
  return body as Record<string, unknown>;
}
