import { createServer } from 'node:http';
import { Server } from 'socket.io';

const httpServer = createServer((request, response) => {
  const delay = request.url.startsWith('/report') ? 50 : 0;
  setTimeout(() => response.end(JSON.stringify({ status: 'ok', pid: process.pid })), delay);
});
const io = new Server(httpServer);

io.on('connection', (socket) => {
  socket.emit('welcome', socket.conn.transport.name);
  socket.on('add', (a, b, answer) => answer(a + b));
  socket.on('echo', (data) => socket.emit('echo', data));
});

io.of('/admin').use((socket, next) => {
  if (socket.handshake.auth.token === 'secret') next();
  else next(new Error('not authorized'));
});

httpServer.listen(process.env.PORT, process.env.HOST);

process.on('SIGTERM', async () => {
  await io.close();
  console.log('closed');
});
