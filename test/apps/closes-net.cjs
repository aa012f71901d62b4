// Like closes.cjs, but not an http.Server, which would also close connections that have not sent a request yet.
const net = require('node:net');
const answer = require('./answer.cjs');
const server = net.createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (head) => {
    const path = String(head).split(' ')[1];
    const body = JSON.stringify(answer(path));
    socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    if (path === '/close') server.close();
  });
});
server.listen(0, '127.0.0.1');
setInterval(() => {}, 1000);
