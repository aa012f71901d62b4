// Counts the requests of its own class.
const http = require('node:http');
const answer = require('./answer.cjs');
let made = 0;
class Request extends http.IncomingMessage {
  constructor(socket) {
    super(socket);
    made += 1;
  }
}
const server = http.createServer({ IncomingMessage: Request }, (request, response) => {
  response.end(JSON.stringify({ ...answer(request.url), made, isOwn: request instanceof Request }));
});
server.listen(0, '127.0.0.1');
