// Is killed by a connection before it has read a byte of it, if told so by a file; answers otherwise.
const fs = require('node:fs');
const http = require('node:http');
const answer = require('./answer.cjs');
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .on('connection', () => {
    if (fs.existsSync(process.env.DIE)) process.kill(process.pid, 'SIGKILL');
  })
  .listen(0, '127.0.0.1');
