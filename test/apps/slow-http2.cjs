// Answers over HTTP/2 when it is told to: what is asked for at /, when /go is asked for.
const http2 = require('node:http2');
const waiting = [];
http2
  .createServer((request, response) => {
    if (request.url !== '/go') return waiting.push(response);
    for (const one of waiting.splice(0)) one.end();
    response.end();
  })
  .listen(0, '127.0.0.1');
