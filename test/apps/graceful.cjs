// Told to go, it closes its server, answers what it has, and ends.
const answer = require('./answer.cjs');
const server = require('node:http')
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(0, process.env.HOST ?? '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit()));
