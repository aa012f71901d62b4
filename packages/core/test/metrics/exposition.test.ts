import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter, Gauge, Histogram, Registry, type RegistryContentType } from 'prom-client';
import type { MetricObject } from '#core/metrics/app-metrics.js';
import { expose, isOpenMetricsWanted } from '#core/metrics/exposition.js';

/** Metrics of each kind, with what has to be escaped. */
function fill(registry: Registry): void {
  const registers = [registry];
  const labelNames = ['path', 'code'];
  const requests = new Counter({ name: 'requests_total', help: 'A \\ and\nlines.', labelNames, registers });
  requests.inc({ path: '/"a\\b"\n', code: 200 });
  requests.inc({ path: '/' }, 0.25);
  new Counter({ name: 'things', help: 'Without an end.', registers }).inc(1e21);
  new Gauge({ name: 'pool', help: 'Pool.', registers }).set(-Infinity);
  new Gauge({ name: 'nothing', help: 'None.', labelNames, registers }).remove('/', '200');
  new Histogram({ name: 'wait', help: 'Wait.', buckets: [0.1, 1], labelNames, registers }).observe(
    { path: '/' },
    0.5,
  );
}

for (const [format, contentType] of [
  ['the text format', Registry.PROMETHEUS_CONTENT_TYPE],
  ['OpenMetrics', Registry.OPENMETRICS_CONTENT_TYPE],
] as const)
  test(`${format} is that of prom-client`, async () => {
    const theirs = new Registry();
    (theirs as Registry<RegistryContentType>).setContentType(contentType);
    fill(theirs);
    // What it changes for OpenMetrics it changes in its metrics.
    const before = new Registry();
    fill(before);
    const metrics = (await before.getMetricsAsJSON()) as unknown as MetricObject[];
    const isOpenMetrics = contentType === Registry.OPENMETRICS_CONTENT_TYPE;
    const { contentType: ownType, body } = expose(metrics, isOpenMetrics);
    assert.equal(ownType, contentType);
    assert.equal(body.toString(), await theirs.metrics());
  });

test('of several metrics of one name there is the first', () => {
  const metric = (name: string, type: string): MetricObject => ({
    name,
    help: type,
    type,
    aggregator: 'sum',
    values: [{ value: 1, labels: {} }],
  });
  const metrics = [metric('a', 'gauge'), metric('a', 'counter'), metric('a_total', 'counter')];
  assert.equal(
    expose(metrics, false).body.toString(),
    '# HELP a gauge\n# TYPE a gauge\na 1\n\n# HELP a_total counter\n# TYPE a_total counter\na_total 1\n',
  );
  assert.equal(expose(metrics, true).body.toString(), '# HELP a gauge\n# TYPE a gauge\na 1\n# EOF\n');
});

test('OpenMetrics is for who asks for it', () => {
  assert.equal(isOpenMetricsWanted('application/openmetrics-text;version=1.0.0,text/plain;q=0.5'), true);
  assert.equal(isOpenMetricsWanted('text/plain'), false);
  assert.equal(isOpenMetricsWanted(undefined), false);
});
