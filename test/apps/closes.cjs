// Closes its server when asked to; goes on living.
const http = require('node:http');
const answer = require('./answer.cjs');
const server = http.createServer((request, response) => {
  response.setHeader('Connection', 'close');
  response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/close') server.close();
});
server.listen(0, '127.0.0.1');
setInterval(() => {}, 1000);
