// Told to go, it leaves as a worker of node:cluster does: closes its server, answers what it has, and ends.
const cluster = require('node:cluster');
const answer = require('./answer.cjs');
require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(0, process.env.HOST ?? '127.0.0.1');
process.on('SIGTERM', () => cluster.worker.disconnect());
