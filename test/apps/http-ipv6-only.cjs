const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen({ host: '::', port: 0, ipv6Only: true });
