// No HTTP: says who it is, with what it was sent.
require('node:net')
  .createServer((socket) => socket.on('data', (data) => socket.write(`${process.pid}:${data}`)))
  .listen(0, '127.0.0.1');
