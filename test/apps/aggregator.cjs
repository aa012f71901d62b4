// Uses prom-client's own way of summing the metrics of a cluster, as far as a worker can.
const http = require('node:http');
const { AggregatorRegistry, Counter, register } = require('prom-client');
const aggregator = new AggregatorRegistry();
const counter = new Counter({ name: 'app_things_total', help: 'Things.' });
http
  .createServer(async (request, response) => {
    counter.inc();
    const own = await register.getMetricsAsJSON();
    const sum = await AggregatorRegistry.aggregate([own, own]).metrics();
    const cluster = await aggregator.clusterMetrics();
    response.end(JSON.stringify({ own: await register.metrics(), sum, cluster }));
  })
  .listen(0, '127.0.0.1');
