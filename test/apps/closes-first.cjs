// At SIGTERM closes its server at once, and ends when nobody asks it any more and a while is over.
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end(JSON.stringify(answer(request.url))));
});
server.listen(0, '127.0.0.1');
process.on('SIGTERM', () => {
  server.close();
  setTimeout(() => {}, 2_500);
});
