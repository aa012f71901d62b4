// Has 1,000 series of its own, of which half change.
const http = require('node:http');
const { createRequire } = require('node:module');
const { Counter, Histogram, Registry } = createRequire(require.resolve('@baton/core'))('prom-client');
const register = new Registry();
const counter = new Counter({
  name: 'app_things_total',
  help: 'Things.',
  labelNames: ['kind'],
  registers: [register],
});
for (let kind = 0; kind < 500; kind++) counter.inc({ kind });
const histogram = new Histogram({
  name: 'app_seconds',
  help: 'Time.',
  labelNames: ['kind'],
  registers: [register],
});
for (let kind = 0; kind < 36; kind++) histogram.observe({ kind }, 0.1);
import('@baton/core/worker').then(({ exposeMetrics }) => {
  exposeMetrics(register);
  http.createServer((request, response) => response.end('ok')).listen(Number(process.env.PORT));
});
