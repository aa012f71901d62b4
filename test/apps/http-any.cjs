// Listens on all addresses, on whatever port is free.
const http = require('node:http');
const answer = require('./answer.cjs');
const server = http.createServer((request, response) => {
  response.end(JSON.stringify({ ...answer(request.url), address: server.address() }));
});
server.listen();
