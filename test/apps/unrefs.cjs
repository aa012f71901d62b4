// No connection keeps the process alive, nor does what it waits for: HTTP, then a protocol of its own.
const http = require('node:http');
const net = require('node:net');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const unref = (socket) => socket.unref();
http
  .createServer((request, response) => {
    const end = () => response.end(JSON.stringify(answer(request.url)));
    if (request.url !== '/when-draining') return end();
    worker.once('draining', () => setTimeout(end, 200).unref());
  })
  .on('connection', unref)
  .listen(0, '127.0.0.1');
net
  .createServer((socket) => socket.on('data', (data) => socket.write(`${process.pid}:${data}`)))
  .on('connection', unref)
  .listen(0, '127.0.0.1');
