// Arguments that Node takes, though they are not what its documentation asks for.
const net = require('node:net');
const dgram = require('node:dgram');
const { report } = require('./report.cjs');
const listen = (...args) =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', (error) => resolve([error.code]));
    server.on('listening', () => {
      const address = server.address();
      server.close(() => resolve(['listened', address.family ?? address]));
    });
    try {
      server.listen(...args);
    } catch (error) {
      resolve(['threw', error.code]);
    }
  });
const bind = (...args) =>
  new Promise((resolve) => {
    const socket = dgram.createSocket('udp4');
    socket.on('error', (error) => resolve([error.code]));
    socket.on('listening', () => socket.close(() => resolve(['bound'])));
    socket.bind(...args);
  });
(async () => {
  report([
    await listen({ port: 0, host: '127.0.0.1', backlog: '511' }),
    await listen({ port: 0, host: '127.0.0.1', backlog: -1 }),
    await listen('0', '127.0.0.1'),
    await listen(0, '127.0.0.1', 10),
    await listen({ port: null }),
    await listen({}),
    await listen({ port: 70000 }),
    await listen(undefined, '127.0.0.1'),
    await bind('0', '127.0.0.1'),
    await bind({ port: 0 }),
    await bind(),
  ]);
})();
