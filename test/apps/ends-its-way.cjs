// Ends in one of the ways that apps have (WAY), and notes what it has seen by then.
const { appendFileSync } = require('node:fs');
const http = require('node:http');
const { promisify } = require('node:util');
const { Worker } = require('node:worker_threads');
const { worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const note = (what) => appendFileSync(process.env.LOG, `${process.pid} ${what}\n`);

const server = http.createServer((request, response) => response.end(JSON.stringify(answer(request.url))));
server.on('close', () => note('close'));
server.listen(0, '127.0.0.1');
const listenersAtFirst = process.listenerCount('SIGTERM');

function look() {
  note(server.listening ? 'listening' : 'closed-before');
  note(server.address()?.port > 0 ? 'address' : 'no-address');
}
async function end(close) {
  look();
  try {
    await close();
    note('clean');
  } catch (error) {
    note(error.code);
  }
}
const onTerm = (close) => process.once('SIGTERM', () => void end(close).then(() => process.exit(7)));
const promisified = () => promisify(server.close).call(server);

const ways = {
  promisified: () => onTerm(promisified),
  asyncDispose: () => onTerm(() => server[Symbol.asyncDispose]()),
  'all connections': () =>
    onTerm(() => {
      server.closeAllConnections();
      return promisified();
    }),
  // Nothing of Baton's keeps it alive, nor kills it.
  'no exit': () => process.once('SIGTERM', () => void end(promisified)),
  'sends it again': () =>
    process.once('SIGTERM', () => void end(promisified).then(() => process.kill(process.pid, 'SIGTERM'))),
  'sends it by a thread': () =>
    process.once('SIGTERM', () => {
      setInterval(() => {}, 1_000);
      void end(promisified).then(() => new Worker(`process.kill(process.pid, 'SIGTERM')`, { eval: true }));
    }),
  'SIGINT alone': () => process.once('SIGINT', () => void end(promisified).then(() => process.exit(7))),
  'ends nothing': () => process.once('SIGTERM', look),
  draining: () => worker.once('draining', () => void end(promisified)),
  whenDrained: () => worker.whenDrained(() => end(promisified)),
  // As signal-exit does: who has all listeners of a signal has to end the process.
  'signal-exit': () =>
    process.on('SIGTERM', function hook() {
      look();
      if (process.listenerCount('SIGTERM') === listenersAtFirst + 1) note('alone');
      process.removeListener('SIGTERM', hook);
      setInterval(() => {}, 1_000);
      process.kill(process.pid, 'SIGTERM');
    }),
  'exit hook': () => process.on('exit', (code) => note(`exit-${code}`)),
};
ways[process.env.WAY]();
