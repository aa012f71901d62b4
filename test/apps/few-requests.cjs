// Wants no more than three requests on a connection.
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) =>
  response.end(JSON.stringify(answer(request.url))),
);
server.maxRequestsPerSocket = 3;
server.listen(0, '127.0.0.1');
