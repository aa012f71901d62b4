// Takes a while for each answer, without using the processor, so that many connections are open at a time.
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    setTimeout(() => response.end(JSON.stringify(answer(request.url))), 20);
  })
  .listen(0, '127.0.0.1');
