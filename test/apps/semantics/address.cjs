const net = require('node:net');
const { once } = require('node:events');
const { report, name } = require('./report.cjs');
const show = (address) => (address && address.port ? { ...address, port: name(address.port) } : address);
(async () => {
  const seen = [];
  for (const options of [
    { port: 0 },
    { port: 0, host: '127.0.0.1' },
    { port: 0, host: '::1' },
    { path: process.env.SOCKET_PATH },
  ]) {
    const server = net.createServer();
    const before = [server.listening, server.address()];
    server.listen(options);
    await once(server, 'listening');
    seen.push([...before, server.listening, show(server.address())]);
    server.close();
    seen.push([server.listening, server.address()]);
    await once(server, 'close');
  }
  report(seen);
})();
