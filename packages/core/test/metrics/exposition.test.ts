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
  new Counter({ name: 'things_total', help: 'Many.', registers }).inc(1e21);
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

const metric = (name: string, type: string, ...values: MetricObject['values']): MetricObject => ({
  name,
  help: type,
  type,
  aggregator: 'sum',
  values: values.length > 0 ? values : [{ value: 1, labels: {} }],
});

test('of several metrics of one name there is the first', () => {
  const metrics = [metric('a', 'gauge'), metric('a', 'counter')];
  const text = '# HELP a gauge\n# TYPE a gauge\na 1\n';
  assert.equal(expose(metrics, false).body.toString(), text);
  assert.equal(expose(metrics, true).body.toString(), `${text}# EOF\n`);
});

test('what is stored is called the same in both formats, also where a counter has no _total', () => {
  const metrics = ['a_total', 'b', 'c_total'].map((name) => metric(name, 'counter'));
  metrics.push(metric('c', 'gauge'));
  const [text, openText] = [false, true].map((isOpenMetrics) =>
    expose(metrics, isOpenMetrics).body.toString(),
  );
  const samples = (of = ''): string[] => of.split('\n').filter((line) => /^[a-z]/.test(line));
  assert.deepEqual(samples(text), ['a_total 1', 'b 1', 'c_total 1', 'c 1']);
  assert.deepEqual(samples(openText), samples(text));
  const types = openText?.match(/(?<=# TYPE ).*/g);
  assert.deepEqual(types, ['a counter', 'b unknown', 'c_total unknown', 'c gauge']);
});

test('exemplars are those of OpenMetrics, and of counters and buckets alone', () => {
  const exemplar = { labelSet: { trace: 'a"b' }, value: 0.5, timestamp: 1700000000.123 };
  const metrics = [
    metric('a_total', 'counter', { value: 1, labels: { of: 'x' }, exemplar }),
    metric('b', 'gauge', { value: 1, labels: {}, exemplar }),
    metric('c', 'histogram', {
      value: 1,
      labels: { le: 1 },
      metricName: 'c_bucket',
      exemplar: { labelSet: {}, value: 0.5 },
    }),
  ];
  const ends = expose(metrics, true)
    .body.toString()
    .match(/(?<=1)( # .*)?$/gm)
    ?.slice(0, 3);
  assert.deepEqual(ends, [String.raw` # {trace="a\"b"} 0.5 1700000000.123`, '', ' # {} 0.5']);
  assert.doesNotMatch(expose(metrics, false).body.toString(), /trace/);
});

test('OpenMetrics is for who asks for it', () => {
  assert.equal(isOpenMetricsWanted('application/openmetrics-text;version=1.0.0,text/plain;q=0.5'), true);
  assert.equal(isOpenMetricsWanted('text/plain'), false);
  assert.equal(isOpenMetricsWanted(undefined), false);
});
