// Keep-alive, an upgrade, a client error, and the close functions of http.Server.
const http = require('node:http');
const net = require('node:net');
const { once } = require('node:events');
const { report } = require('./report.cjs');
(async () => {
  const seen = [];
  const server = http.createServer((request, response) => response.end(request.url));
  server.on('upgrade', (request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nupgraded'));
  server.on('clientError', (error, socket) => {
    seen.push(error.code);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const localPorts = new Set();
  for (let i = 0; i < 3; i++) {
    const request = http.get({ port, host: '127.0.0.1', path: `/${i}`, agent });
    const [response] = await once(request, 'response');
    localPorts.add(request.socket.localPort);
    seen.push(String((await response.toArray())[0]));
  }
  seen.push(localPorts.size);
  for (const text of [
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    'nonsense\r\n\r\n',
  ]) {
    const client = net.connect(port, '127.0.0.1');
    client.write(text);
    seen.push(String(Buffer.concat(await client.toArray())));
  }
  const idle = net.connect(port, '127.0.0.1');
  idle.on('error', () => {});
  await once(server, 'connection');
  const closed = once(idle.resume(), 'close');
  const serverClosed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await Promise.all([closed, serverClosed]);
  seen.push('closed');
  report(seen);
  agent.destroy();
})();
