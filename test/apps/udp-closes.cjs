// Serves HTTP, and UDP until it is asked to stop that.
const http = require('node:http');
const dgram = require('node:dgram');
const answer = require('./answer.cjs');
const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1', () => {
  http
    .createServer((request, response) => {
      response.setHeader('Connection', 'close');
      response.end(JSON.stringify({ ...answer(request.url), udp: socket.address?.().port }));
      if (request.url === '/close') socket.close();
    })
    .listen(0, '127.0.0.1');
});
socket.on('message', (message, peer) =>
  socket.send(`from ${process.env.BATON_SLOT}`, peer.port, peer.address),
);
