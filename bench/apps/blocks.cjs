// Tells when it got the connection. One of the workers blocks its event loop for 300 ms every second.
const number = Number(process.env.BATON_SLOT ?? process.env.WORKER_NUMBER);
if (number === 0) {
  setInterval(() => {
    const end = Date.now() + 300;
    while (Date.now() < end);
  }, 1000);
}
require('node:http')
  .createServer((request, response) => response.end(String(request.socket.takenAt)))
  .on('connection', (socket) => (socket.takenAt = performance.timeOrigin + performance.now()))
  .listen({
    port: Number(process.env.PORT),
    host: '127.0.0.1',
    ...(process.env.REUSE_PORT && { reusePort: true }),
  });
