// Measures itself as the release says that its directory holds, and serves that at `/metrics`, as an app alone does.
const { readFileSync } = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const client = require('prom-client');

const file = process.env.RELEASE ?? '';
const { version, buckets, isOpenMetrics = false, doesFail = false } = JSON.parse(readFileSync(file, 'utf8'));
const register = new client.Registry();
if (isOpenMetrics) register.setContentType(client.Registry.OPENMETRICS_CONTENT_TYPE);
const registers = [register];
const help = `Of ${path.basename(file)} ${version}.`;
const labelNames = ['path'];
const requests = new client.Counter({ name: 'app_requests_total', help, labelNames, registers });
const things = new client.Counter({ name: 'app_things', help, registers });
const enableExemplars = isOpenMetrics;
const wait = new client.Histogram({ name: 'app_wait_seconds', help, buckets, registers, enableExemplars });
const Other = version % 2 === 1 ? client.Counter : client.Gauge;
const other = new Other({ name: 'app_other_total', help, registers });
const size = new client.Summary({ name: 'app_size_bytes', help, percentiles: [0.5], registers });
if (doesFail) {
  const hangs = () => new Promise(() => {});
  const throws = () => {
    throw new Error('no database');
  };
  new client.Gauge({ name: 'app_hangs', help, registers, collect: hangs });
  new client.Gauge({ name: 'app_throws', help, registers, collect: throws });
}

const server = http.createServer((request, response) => {
  if (request.url === '/metrics')
    return register.metrics().then((text) => {
      response.setHeader('Content-Type', register.contentType);
      response.end(text);
    });
  requests.inc({ path: request.url });
  things.inc();
  const value = Math.random() * 2;
  wait.observe(isOpenMetrics ? { value, exemplarLabels: { trace: 'abc' } } : value);
  other.inc();
  size.observe(100);
  response.end('{}');
});
import('@baton/core/worker').then(({ exposeMetrics }) => {
  exposeMetrics(register);
  server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`));
});
