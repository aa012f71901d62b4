const http = require('node:http');
const stoppable = require('stoppable');

const server = stoppable(
  http.createServer((request, response) => {
    const delay = request.url.startsWith('/report') ? 50 : 0;
    response.setHeader('Content-Type', 'application/json');
    setTimeout(() => response.end(JSON.stringify({ status: 'ok', pid: process.pid })), delay);
  }),
  5_000,
);

server.listen(process.env.PORT, process.env.HOST);

process.on('SIGTERM', () => {
  server.stop((error) => {
    if (error) throw error;
    console.log('stopped');
    process.exit(0);
  });
});
