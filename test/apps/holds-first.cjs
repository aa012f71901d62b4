// Holds the first /held of all workers, which it notes with its pid in the file HELD, and answers those that come later.
const fs = require('node:fs');
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => {
    if (request.url === '/held') {
      try {
        return fs.writeFileSync(process.env.HELD, `${process.pid}`, { flag: 'wx' });
      } catch {
        // It was held before, in a worker that is gone.
      }
    }
    response.end(JSON.stringify(answer(request.url)));
  })
  .listen(0, '127.0.0.1');
