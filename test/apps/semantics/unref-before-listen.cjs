const net = require('node:net');
const { report } = require('./report.cjs');
const seen = [];
const server = net.createServer();
server.unref();
server.listen(0, '127.0.0.1', () => seen.push('listening'));
// Plain Node ends before or after the event; what counts is that it ends.
process.on('exit', () => report(['ended']));
