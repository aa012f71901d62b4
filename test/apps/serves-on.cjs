// At SIGTERM serves on for a while, as behind a load balancer, and notes when it closes its server.
const { appendFileSync } = require('node:fs');
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) => {
  response.end(JSON.stringify(answer(request.url)));
});
server.listen(0, '127.0.0.1');
process.on('SIGTERM', () => {
  setTimeout(() => {
    appendFileSync(process.env.LOG, `${process.pid} ${Date.now()}\n`);
    server.close(() => process.exit(0));
  }, 600);
});
