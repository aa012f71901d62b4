import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeValues, type MetricFamily, type MetricSeries } from '#core/channel/metric-messages.js';
import { AppMetrics } from '#core/metrics/app-metrics.js';

function family(name: string, type: string, aggregator = 'sum'): MetricFamily {
  return { name, help: name, type, aggregator };
}

/** A worker that has told of these series, one family each. */
function introduce(
  metrics: AppMetrics,
  worker: number,
  families: MetricFamily[],
  series: MetricSeries[],
): void {
  assert.ok(metrics.take(worker, { type: 'metric-families', first: 0, families }));
  assert.ok(metrics.take(worker, { type: 'metric-series', first: 0, series }));
}

function tell(metrics: AppMetrics, worker: number, ...values: number[]): void {
  const text = encodeValues(Float64Array.from(values));
  assert.ok(metrics.take(worker, { type: 'metric-values', first: 0, values: text }));
  assert.ok(metrics.take(worker, { type: 'metrics-told' }));
}

function valuesOf(metrics: AppMetrics, name: string): number[] | undefined {
  return metrics
    .read()
    .find((metric) => metric.name === name)
    ?.values.map(({ value }) => value);
}

const requests = [family('requests_total', 'counter')];
const plain: MetricSeries[] = [{ family: 0, labels: {} }];

test('counters of all workers are summed, by labels whatever their order', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, [{ family: 0, labels: { method: 'GET', route: '/' } }]);
  introduce(metrics, 2, requests, [{ family: 0, labels: { route: '/', method: 'GET' } }]);
  tell(metrics, 1, 3);
  tell(metrics, 2, 4);
  assert.deepEqual(metrics.read(), [
    { ...requests[0], values: [{ value: 7, labels: { method: 'GET', route: '/' } }] },
  ]);
});

test('what a worker had counted when it ended stays, and its successor counts on', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  tell(metrics, 1, 5);
  metrics.remove(1);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5]);
  introduce(metrics, 2, requests, plain);
  tell(metrics, 2, 2);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [7]);
});

test('a counter that begins anew in a worker that lives does not go down', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  tell(metrics, 1, 5);
  tell(metrics, 1, 1);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [6]);
  tell(metrics, 1, NaN);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [6]);
  tell(metrics, 1, 2);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [8]);
});

for (const [aggregator, expected] of [
  ['sum', [6]],
  ['min', [1]],
  ['max', [3]],
  ['average', [2]],
  ['first', [3]],
  ['omit', undefined],
] as const) {
  test(`gauges become one by their aggregator: ${aggregator}`, () => {
    const metrics = new AppMetrics();
    [3, 1, 2].forEach((value, worker) => {
      introduce(metrics, worker, [family('pool', 'gauge', aggregator)], plain);
      tell(metrics, worker, value);
    });
    assert.deepEqual(valuesOf(metrics, 'pool'), expected);
  });
}

test('a gauge of a worker that is gone, or has not told it since begin(), is left out', () => {
  const metrics = new AppMetrics();
  for (const worker of [1, 2]) {
    introduce(
      metrics,
      worker,
      [family('pool', 'gauge'), family('requests_total', 'counter')],
      [
        { family: 0, labels: {} },
        { family: 1, labels: {} },
      ],
    );
    tell(metrics, worker, 10, 1);
  }
  metrics.begin();
  tell(metrics, 1, 11, 2);
  assert.deepEqual(valuesOf(metrics, 'pool'), [11]);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [3], 'its counters stay in the sum');
  metrics.remove(1);
  assert.equal(valuesOf(metrics, 'pool'), undefined);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [3]);
});

test('of a summary, count and sum are summed and stay, quantiles are averaged and go', () => {
  const metrics = new AppMetrics();
  const series: MetricSeries[] = [
    { family: 0, labels: { quantile: 0.5 } },
    { family: 0, name: 'wait_sum', labels: {} },
    { family: 0, name: 'wait_count', labels: {} },
  ];
  for (const worker of [1, 2]) introduce(metrics, worker, [family('wait', 'summary')], series);
  tell(metrics, 1, 0.2, 4, 10);
  tell(metrics, 2, 0.4, 6, 20);
  const [median = 0, ...rest] = valuesOf(metrics, 'wait') ?? [];
  assert.ok(Math.abs(median - 0.3) < 1e-9);
  assert.deepEqual(rest, [10, 30]);
  metrics.remove(1);
  metrics.remove(2);
  assert.deepEqual(valuesOf(metrics, 'wait'), [10, 30]);
});

test('nonsense is refused, and what contradicts another worker is left out', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  tell(metrics, 1, 5);
  introduce(metrics, 2, [family('requests_total', 'gauge')], plain);
  tell(metrics, 2, 100);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5]);
  const two = encodeValues(Float64Array.from([1, 2]));
  assert.equal(metrics.take(1, { type: 'metric-values', first: 0, values: two }), false);
  assert.equal(metrics.take(1, { type: 'metric-values', first: 0, values: 'AAAA' }), false);
  assert.equal(metrics.take(1, { type: 'metric-series', first: 4_000_000, series: plain }), false);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5]);
});
