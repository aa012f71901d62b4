import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Upstream } from './case.js';

/** Where an agent sends its reports: takes all, and is content if there were some. `env`: by which the agent finds its URL. */
export function collector(env: (url: URL) => Record<string, string>): () => Promise<Upstream> {
  return async () => {
    let reports = 0;
    const server = http.createServer((request, response) => {
      if (request.method === 'POST' || request.method === 'PUT') reports += 1;
      request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return {
      env: env(url),
      check: () => assert.ok(reports > 0, 'the agent has reported nothing'),
      close: async () => {
        const closed = once(server, 'close');
        server.close();
        server.closeAllConnections();
        await closed;
      },
    };
  };
}
