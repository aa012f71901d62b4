// An error thrown in a connection listener is an uncaught exception, and the ticks before it are run.
const net = require('node:net');
const { report } = require('./report.cjs');
const seen = [];
process.on('uncaughtException', (error, origin) => {
  seen.push([error.message, origin]);
  setImmediate(() => report(seen));
});
const server = net.createServer(() => {
  process.nextTick(() => seen.push('tick'));
  Promise.resolve().then(() => seen.push('promise'));
  throw new Error('in the listener');
});
server.listen(0, '127.0.0.1', () => net.connect(server.address().port, '127.0.0.1'));
