// Answers in the ways in which a request can be under way when its worker is told to end.
const http = require('node:http');
const { createHash } = require('node:crypto');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');

/** Goes on a while after the worker was told to end. */
const whenDraining = (action) => worker.once('draining', () => setTimeout(action, 200));

const routes = {
  '/when-draining': (request, response) => whenDraining(() => finish(request, response)),
  '/stream': (request, response) => {
    response.write('before,');
    whenDraining(() => {
      let left = 5;
      const timer = setInterval(() => {
        response.write(`piece ${left},`);
        if (--left > 0) return;
        clearInterval(timer);
        response.end('end');
      }, 20);
    });
  },
  '/large': (request, response) => response.end(Buffer.alloc(32 << 20, 'large ')),
  '/early': (request, response) => {
    finish(request, response);
    request.resume();
  },
  '/body': (request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk) => hash.update(chunk));
    request.on('end', () => finish(request, response, { sha256: hash.digest('hex') }));
  },
};

function finish(request, response, more) {
  response.end(JSON.stringify({ ...answer(request.url), ...more }));
}

const server = http.createServer((request, response) => (routes[request.url] ?? finish)(request, response));
server.listen(0, '127.0.0.1');
