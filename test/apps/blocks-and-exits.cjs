// Blocks its event loop when asked to, and then ends: what was sent to it meanwhile it has not taken.
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    if (request.url === '/block') {
      const end = Date.now() + 500;
      while (Date.now() < end);
      process.exit(0);
    }
    response.end(JSON.stringify(answer(request.url)));
  })
  .listen(0, '127.0.0.1');
