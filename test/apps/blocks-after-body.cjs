// Blocks its event loop, for as many milliseconds as it is asked to, when the whole body of a request has come.
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    request.resume().on('end', () => {
      const end = Date.now() + Number(/^\/block\/(\d+)/.exec(request.url)?.[1] ?? 0);
      while (Date.now() < end);
      response.end(JSON.stringify(answer(request.url)));
    });
  })
  .listen(0, '127.0.0.1');
