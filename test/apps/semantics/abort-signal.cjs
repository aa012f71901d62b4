const net = require('node:net');
const http = require('node:http');
const { once } = require('node:events');
const { report } = require('./report.cjs');
(async () => {
  const seen = [];
  for (const { createServer } of [net, http]) {
    const controller = new AbortController();
    const server = createServer().listen({ port: 0, host: '127.0.0.1', signal: controller.signal });
    await once(server, 'listening');
    controller.abort();
    await once(server, 'close');
    seen.push([server.listening, server.address()]);
    // Aborted before it could listen: it closes, and never says that it listens.
    const early = new AbortController();
    const never = createServer();
    never.on('listening', () => seen.push('must not listen'));
    never.listen({ port: 0, host: '127.0.0.1', signal: early.signal });
    early.abort();
    await once(never, 'close');
    seen.push([never.listening, never.address()]);
  }
  report(seen);
})();
