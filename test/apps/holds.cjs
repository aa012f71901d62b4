// Keeps what asks for /held waiting until it hears SIGUSR2.
const http = require('node:http');
const answer = require('./answer.cjs');
const held = [];
const server = http.createServer((request, response) => {
  const end = () => response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/held') held.push(end);
  else end();
});
process.on('SIGUSR2', () => held.splice(0).forEach((end) => end()));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');
