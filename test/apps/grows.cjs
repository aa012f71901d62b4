// Grows by 200 MB when asked to.
const http = require('node:http');
const answer = require('./answer.cjs');
const held = [];
http
  .createServer((request, response) => {
    if (request.url === '/grow') held.push(Buffer.alloc(200 * 1024 * 1024, 1));
    response.end(JSON.stringify(answer(request.url)));
  })
  .listen(0, '127.0.0.1');
