// Keeps the connection of who asks for /keep, and asks for NTLM at /ntlm.
const http = require('node:http');
const { keep } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const server = http.createServer((request, response) => {
  if (request.url === '/keep') keep(request.socket);
  if (request.url === '/ntlm') response.writeHead(401, { 'WWW-Authenticate': 'NTLM' });
  response.end(JSON.stringify(answer(request.url)));
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');
