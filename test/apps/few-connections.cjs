// From its second generation on, one connection is as many as it has.
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) =>
  response.end(JSON.stringify(answer(request.url))),
);
if (worker.generation > 1) server.maxConnections = 1;
server.listen(0, '127.0.0.1');
