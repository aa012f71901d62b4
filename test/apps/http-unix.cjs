const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen({ path: process.env.SOCKET_PATH, readableAll: true, writableAll: true });
