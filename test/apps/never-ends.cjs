// Has connections of every kind that end only when they are cut off: HTTP, HTTPS, HTTP/2 and a protocol of its own, in this order.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const answer = require('./answer.cjs');
const options = {
  key: readFileSync(require.resolve('./tls/key.pem')),
  cert: readFileSync(require.resolve('./tls/cert.pem')),
};
const onRequest = (request, response) => {
  if (request.url !== '/never') response.end(JSON.stringify(answer(request.url)));
};
const servers = [
  http.createServer(onRequest).on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  }),
  require('node:https').createServer(options, onRequest),
  require('node:http2').createServer(onRequest),
  net.createServer((socket) => socket.pipe(socket)),
];
const listenNext = () => servers.shift()?.listen(0, '127.0.0.1', listenNext);
listenNext();
