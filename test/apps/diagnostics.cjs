// Tells what is published in a worker.
const { subscribe } = require('node:diagnostics_channel');
const http = require('node:http');
const answer = require('./answer.cjs');
for (const name of ['baton.handoff.claimed', 'baton.handoff.given_back'])
  subscribe(name, (message) => console.log(JSON.stringify([name, message])));
http
  .createServer((request, response) => response.end(JSON.stringify(answer(request.url))))
  .listen(0, '127.0.0.1');
