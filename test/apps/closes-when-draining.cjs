// Closes its server as soon as it hears that it is to end, as apps do at SIGTERM.
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const server = require('node:http').createServer((request, response) => {
  const finish = () => response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/when-draining') worker.once('draining', () => setTimeout(finish, 200));
  else finish();
});
server.keepAliveTimeout = 600_000;
worker.on('draining', () => server.close());
server.listen(0, '127.0.0.1');
