// HTTPS whose first path answers only when the worker has been told to end.
const { readFileSync } = require('node:fs');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const options = {
  key: readFileSync(require.resolve('./tls/key.pem')),
  cert: readFileSync(require.resolve('./tls/cert.pem')),
};
require('node:https')
  .createServer(options, (request, response) => {
    const finish = () => response.end(JSON.stringify(answer(request.url)));
    if (request.url === '/when-draining') worker.once('draining', () => setTimeout(finish, 200));
    else finish();
  })
  .listen(0, '127.0.0.1');
