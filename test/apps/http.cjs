const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(Number(process.env.PORT ?? 0), process.env.HOST);
