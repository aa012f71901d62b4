import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import type { PrimaryLink } from './primary-link.js';

/**
 * Tells the primary how many requests are being answered, by Node's diagnostics channels. HTTP/2 has such channels since
 * Node 24; before that its requests are not counted.
 */
export function countRequests(link: PrimaryLink): void {
  const onResponse = (): void => link.onResponse();
  channel('http.server.request.start').subscribe((message) => {
    link.onRequest();
    (message as { response: ServerResponse }).response.once('close', onResponse);
  });
  channel('http2.server.stream.start').subscribe(() => link.onRequest());
  channel('http2.server.stream.close').subscribe(onResponse);
}
