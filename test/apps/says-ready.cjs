// Says that it is ready when it is asked to, by a door of its own: until then the primary hands it no connection.
const http = require('node:http');
const path = require('node:path');
const { ready, worker } = require('@baton/core/worker');
const answer = require('./answer.cjs');
const says = {
  '/ready': ready,
  '/worker-ready': () => worker.ready(),
  '/send-ready': () => process.send('ready'),
  '/send-other': () => process.send({ ready: true }),
};
function answerTo(request, response) {
  says[request.url]?.();
  response.end(JSON.stringify({ ...answer(request.url), send: typeof process.send }));
}
// Not shared with other workers, so that Node binds it itself.
const door = { path: path.join(process.env.DOORS, String(process.pid)), exclusive: true };
http
  .createServer(answerTo)
  .listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => http.createServer(answerTo).listen(door));
