// Removes what an earlier process may have left of its Unix socket, as many apps do, and opens it to all.
const fs = require('node:fs');
const http = require('node:http');
const answer = require('./answer.cjs');
const file = process.env.SOCKET_PATH;
fs.rmSync(file, { force: true });
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(file, () => fs.chmodSync(file, 0o666));
