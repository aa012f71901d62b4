// Writes down when it begins to answer a request and when it is through with its connection, so that a test knows what a killed worker was at.
const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const answer = require('./answer.cjs');
const journal = fs.openSync(path.join(process.env.JOURNAL, String(process.pid)), 'a');
http
  .createServer((request, response) => {
    fs.writeSync(journal, `begin ${request.url}\n`);
    request.socket.on('close', () => fs.writeSync(journal, `end ${request.url}\n`));
    setTimeout(
      () => response.end(JSON.stringify(answer(request.url))),
      Number(process.env.ANSWER_AFTER_MS ?? 0),
    );
  })
  .listen(0, '127.0.0.1');
