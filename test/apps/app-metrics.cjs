// Has metrics of its own, of each kind, in prom-client's default registry or in that of CLIENT.
const http = require('node:http');
const client = require(process.env.CLIENT ?? 'prom-client');
const answer = require('./answer.cjs');
const register = new client.Registry();
const registers = [register];
const requests = new client.Counter({
  name: 'app_requests_total',
  help: 'Requests.',
  labelNames: ['path'],
  registers,
});
const pool = new client.Gauge({ name: 'app_pool_size', help: 'Pool.', aggregator: 'max', registers });
const duration = new client.Histogram({
  name: 'app_duration_seconds',
  help: 'Time.',
  buckets: [0.1, 1],
  registers,
});
const size = new client.Summary({ name: 'app_size_bytes', help: 'Size.', percentiles: [0.5], registers });
pool.set(10 + Number(process.env.BATON_SLOT));
import('@baton/core/worker').then(({ exposeMetrics }) => {
  exposeMetrics(register);
  http
    .createServer((request, response) => {
      requests.inc({ path: request.url });
      duration.observe(0.5);
      size.observe(100);
      response.end(JSON.stringify(answer(request.url)));
    })
    .listen(0, '127.0.0.1');
});
