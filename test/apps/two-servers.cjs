const http = require('node:http');
const answer = require('./answer.cjs');
for (const name of ['first', 'second']) {
  http
    .createServer((request, response) =>
      response.end(JSON.stringify({ ...answer(request.url), server: name })),
    )
    .listen(0, '127.0.0.1');
}
