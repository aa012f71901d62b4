// Listens on another port, by the same server, when it is asked for /elsewhere.
const http = require('node:http');
const answer = require('./answer.cjs');
const server = http.createServer((request, response) => {
  response.end(JSON.stringify(answer(request.url)));
  if (request.url !== '/elsewhere') return;
  // Without closing the idle connections.
  Object.getPrototypeOf(http.Server.prototype).close.call(server);
  server.listen(0, '127.0.0.1');
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');
