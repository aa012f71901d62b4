// Ends in the way that the request asks for.
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    if (request.url === '/throw') throw new Error('asked for');
    if (request.url === '/exit') process.exit(0);
    if (request.url === '/kill') process.kill(process.pid, 'SIGKILL');
    response.end(JSON.stringify(answer(request.url)));
  })
  .listen(0, '127.0.0.1');
