// The test takes the right to bind low ports away.
const net = require('node:net');
const { report, describe } = require('./report.cjs');
const attempt = (options) =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.on('error', (error) => resolve(describe(error)));
    server.on('listening', () => server.close(() => resolve('listened')));
    server.listen(options);
  });
(async () => report([await attempt({ port: 80, host: '127.0.0.1' }), await attempt({ port: 80 })]))();
