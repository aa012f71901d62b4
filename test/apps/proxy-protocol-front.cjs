// Two doors to one http.Server: its own, and that of a net.Server which reads a line of the PROXY protocol first.
const http = require('node:http');
const net = require('node:net');
const answer = require('./answer.cjs');

const server = http.createServer((request, response) =>
  response.end(JSON.stringify({ ...answer(request.url), client: request.socket.client })),
);
server.keepAliveTimeout = 600_000;
const front = net.createServer((socket) => {
  socket.once('data', (head) => {
    const end = head.indexOf('\r\n');
    if (head.toString('latin1', 0, 5) !== 'PROXY') throw new Error('non-PROXY protocol connection');
    socket.client = head.toString('latin1', 0, end).split(' ')[2];
    socket.pause();
    socket.unshift(head.subarray(end + 2));
    server.emit('connection', socket);
    socket.resume();
  });
});
server.listen(0, '127.0.0.1', () => front.listen(0, '127.0.0.1'));
