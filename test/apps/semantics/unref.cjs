// Ends by itself: an unreferenced server does not keep the process alive, a referenced one did.
const net = require('node:net');
const { report } = require('./report.cjs');
const seen = [];
const server = net.createServer().listen(0, '127.0.0.1', () => {
  seen.push('listening');
  const started = Date.now();
  setTimeout(() => {
    seen.push('kept alive by ref', Date.now() - started >= 40);
    server.unref();
  }, 50).unref();
});
process.on('beforeExit', () => {
  seen.push('beforeExit');
  report(seen);
});
