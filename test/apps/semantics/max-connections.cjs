const net = require('node:net');
const { once } = require('node:events');
const { report } = require('./report.cjs');
(async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  server.maxConnections = 2;
  server.dropMaxConnection = true;
  await once(server, 'listening');
  const { port } = server.address();
  const seen = [];
  server.on('connection', () => seen.push('connection'));
  const first = net.connect(port, '127.0.0.1');
  await once(server, 'connection');
  net.connect(port, '127.0.0.1');
  await once(server, 'connection');
  const third = net.connect(port, '127.0.0.1');
  third.on('error', () => {});
  const closed = once(third, 'close');
  const [data] = await once(server, 'drop');
  await closed;
  seen.push([
    data.localPort === port,
    data.remotePort !== undefined,
    data.localAddress,
    data.remoteAddress,
    data.localFamily,
    data.remoteFamily,
  ]);
  first.destroy();
  await new Promise((resolve) => {
    const check = () =>
      server.getConnections((error, count) => (count === 1 ? resolve() : setImmediate(check)));
    check();
  });
  net.connect(port, '127.0.0.1');
  await once(server, 'connection');
  report(seen);
})();
