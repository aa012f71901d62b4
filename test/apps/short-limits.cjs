// From its second generation on it waits not long for a request, nor for the next one; `/slow` is answered after both.
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const limits = {
  headersTimeout: 300,
  requestTimeout: 300,
  connectionsCheckingInterval: 50,
  keepAliveTimeout: 1_000,
};
const server = require('node:http').createServer(worker.generation > 1 ? limits : {}, (request, response) => {
  const finish = () => response.end(JSON.stringify(answer(request.url)));
  if (request.url === '/slow') setTimeout(finish, 3_000);
  else finish();
});
server.listen(0, '127.0.0.1');
