const net = require('node:net');
const { once } = require('node:events');
const { promisify } = require('node:util');
const { report } = require('./report.cjs');
(async () => {
  const sockets = [];
  const server = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const count = promisify(server.getConnections.bind(server));
  const seen = [await count()];
  const clients = [];
  for (let i = 0; i < 3; i++) {
    clients.push(net.connect(server.address().port, '127.0.0.1'));
    await once(server, 'connection');
  }
  seen.push(await count());
  clients[0].destroy();
  await once(sockets[0].resume(), 'close');
  seen.push(await count(), server.connections === undefined, sockets[1].server === server);
  report(seen);
})();
