// Asks for far more listeners than an app has; tells how it went. Then serves.
const net = require('node:net');
const http = require('node:http');
const answer = require('./answer.cjs');
const count = Number(process.env.LISTENERS);
const outcomes = { listening: 0, errors: {} };
let left = count;
const done = () => {
  left -= 1;
  if (left > 0) return;
  console.log(`OUTCOMES ${JSON.stringify(outcomes)}`);
};
const server = http.createServer((request, response) => response.end(JSON.stringify(answer(request.url))));
server.listen(0, '127.0.0.1', () => {
  if (process.env.BATON_SLOT !== '0') return;
  for (let i = 0; i < count; i++) {
    net
      .createServer()
      .on('error', (error) => {
        outcomes.errors[error.message] = (outcomes.errors[error.message] ?? 0) + 1;
        done();
      })
      .listen(0, '127.0.0.1', () => {
        outcomes.listening += 1;
        done();
      });
  }
});
