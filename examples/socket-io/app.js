// A chat by Socket.IO. `node app.js` runs it too, as a single process.
import http from 'node:http';
import { worker } from '@baton/core/worker';
import { createAdapter } from '@socket.io/cluster-adapter';
import { Server } from 'socket.io';

const server = http.createServer();
const io = new Server(server, {
  // A client that reaches a draining worker is refused, and tries again.
  allowRequest: (_request, decide) => decide(null, !worker.draining),
});

// Rooms reach all workers if the primary passes the messages on, as primary.js does.
if (process.env.ROOMS === 'all workers') io.adapter(createAdapter());

io.on('connection', (socket) => {
  void socket.join('lobby');
  socket.on('say', ({ id, text }, acknowledge) => {
    io.to('lobby').emit('said', { id, text });
    acknowledge({ pid: process.pid });
  });
});

// The clients see that the transport was closed, and connect again: to another worker.
worker.on('draining', () => void io.close());

server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1');
