// HTTPS. Some paths answer only when the worker has been told to end; some say by themselves that the connection goes on.
const { readFileSync } = require('node:fs');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const options = {
  key: readFileSync(require.resolve('./tls/key.pem')),
  cert: readFileSync(require.resolve('./tls/cert.pem')),
};
const seen = [];
require('node:https')
  .createServer(options, (request, response) => {
    seen.push(request.url);
    const finish = () => response.end(JSON.stringify(answer(request.url)));
    if (request.url === '/keep-alive/header') response.setHeader('connection', 'keep-alive');
    if (request.url === '/keep-alive/head')
      response.writeHead(200, { Connection: 'Keep-Alive', 'Keep-Alive': 'timeout=60' });
    if (request.url === '/in-parts') return answerInParts(response);
    const waits = request.url.startsWith('/when-draining') || request.url === '/keep-alive/header';
    if (waits && !worker.draining) worker.once('draining', () => setTimeout(finish, 200));
    else finish();
  })
  .listen(0, '127.0.0.1');

/** Says which requests came until its end, some of it when the worker drains. */
function answerInParts(response) {
  worker.once('draining', () => {
    response.write('[');
    setTimeout(() => response.end(JSON.stringify(seen).slice(1)), 300);
  });
}
