// Has a counter and a gauge whose collect() does from the next request on what its path says: `/throws`, `/hangs`, `/works`.
const http = require('node:http');
const client = require(process.env.CLIENT ?? 'prom-client');
const answer = require('./answer.cjs');

let state = '/works';
function collect() {
  if (state === '/throws') throw new Error('no database');
  if (state === '/hangs') return new Promise(() => {});
}

const register = new client.Registry();
register.setDefaultLabels({ app: 'faulty' });
const registers = [register];
const requests = new client.Counter({ name: 'app_requests_total', help: 'Requests.', registers, collect });
new client.Gauge({ name: 'app_queue', help: 'Queue.', registers, collect }).set(3);
new client.Gauge({ name: 'app_pool', help: 'Pool.', registers }).set(5);
import('@baton/core/worker').then(({ exposeMetrics }) => {
  exposeMetrics(register);
  http
    .createServer((request, response) => {
      state = request.url;
      requests.inc();
      response.end(JSON.stringify(answer(request.url)));
    })
    .listen(0, '127.0.0.1');
});
