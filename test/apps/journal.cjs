// Writes down when it begins to answer a request and when it is through with its connection, so that a test knows what a killed worker was at.
const http = require('node:http');
const answer = require('./answer.cjs');
const write = require('./journal-begin.cjs');
http
  .createServer((request, response) => {
    request.socket.on('close', () => write(`end ${request.url}`));
    setTimeout(
      () => response.end(JSON.stringify(answer(request.url))),
      Number(process.env.ANSWER_AFTER_MS ?? 0),
    );
  })
  .listen(0, '127.0.0.1');
