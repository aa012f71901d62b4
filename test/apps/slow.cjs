// Says that it has a request, and answers it later.
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    console.log('asked');
    setTimeout(() => response.end(JSON.stringify(answer(request.url))), 300);
  })
  .listen(0, '127.0.0.1');
