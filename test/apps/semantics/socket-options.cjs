// What is set on an accepted connection, seen at the handle's functions.
const net = require('node:net');
const { once } = require('node:events');
const { report } = require('./report.cjs');
(async () => {
  const probe = new net.Socket();
  probe.connect({ port: 1, host: '127.0.0.1' });
  const { prototype } = probe._handle.constructor;
  probe.destroy();
  const seen = [];
  for (const name of ['setNoDelay', 'setKeepAlive']) {
    const original = prototype[name];
    prototype[name] = function (...args) {
      seen.push([name, ...args]);
      return original.apply(this, args);
    };
  }
  for (const options of [
    {},
    { noDelay: true },
    { keepAlive: true, keepAliveInitialDelay: 5000 },
    { noDelay: true, keepAlive: true },
  ]) {
    seen.push(options);
    const server = net.createServer(options).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = net.connect(server.address().port, '127.0.0.1');
    const [socket] = await once(server, 'connection');
    socket.setNoDelay(true);
    client.destroy();
    socket.destroy();
    server.close();
    await once(server, 'close');
  }
  report(seen);
})();
