// Says that it is ready when it is asked to.
const { ready, worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const says = {
  '/ready': ready,
  '/worker-ready': () => worker.ready(),
  '/send-ready': () => process.send('ready'),
  '/send-other': () => process.send({ ready: true }),
};
require('node:http')
  .createServer((request, response) => {
    says[request.url]?.();
    response.end(JSON.stringify({ ...answer(request.url), send: typeof process.send }));
  })
  .listen(0, '127.0.0.1');
