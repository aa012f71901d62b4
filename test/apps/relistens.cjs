// Closes its server and listens again on the same port, over and over; tells how often that failed.
const http = require('node:http');
const answer = require('./answer.cjs');
const port = Number(process.env.PORT);
const errors = {};
let left = 300;
const server = http.createServer((request, response) => response.end(JSON.stringify(answer(request.url))));
server.on('error', (error) => {
  errors[error.code] = (errors[error.code] ?? 0) + 1;
  setImmediate(next);
});
const next = () => {
  left -= 1;
  if (left < 0) return console.log(`ERRORS ${JSON.stringify(errors)}`);
  server.close();
  server.listen(port, '127.0.0.1', () => setImmediate(next));
};
server.listen(port, '127.0.0.1', () => setTimeout(next, 100));
