// Destroys all of its connections when it hears that it is to end, and upgrades those that ask for it.
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const sockets = new Set();
const server = require('node:http').createServer((request, response) =>
  response.end(JSON.stringify(answer(request.url))),
);
server.on('connection', (socket) => sockets.add(socket));
server.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: silence\r\n\r\n');
});
worker.on('draining', () => sockets.forEach((socket) => socket.destroy()));
server.listen(0, '127.0.0.1');
