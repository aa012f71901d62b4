import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeValues,
  type MetricFamily,
  type MetricSeries,
  type MetricsMessage,
} from '#core/channel/metric-messages.js';
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
  assert.deepEqual(metrics.refused, { malformed: 0, conflict: 1, limit: 0, infinite: 0 });
  const two = encodeValues(Float64Array.from([1, 2]));
  assert.equal(metrics.take(1, { type: 'metric-values', first: 0, values: two }), false);
  assert.equal(metrics.take(1, { type: 'metric-values', first: 0, values: 'AAAA' }), false);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5]);
});

for (const wrong of [
  family('two words', 'counter'),
  family('requests_total 1\n# TYPE x', 'counter'),
  family('', 'counter'),
  family('requests', 'counter\nx 1'),
  family('requests', 'toString'),
  family('baton_slots', 'gauge'),
])
  test(`what Prometheus could not read, or is Baton's, is left out: ${JSON.stringify(wrong)}`, () => {
    const metrics = new AppMetrics();
    introduce(metrics, 1, [wrong, ...requests], [...plain, { family: 1, labels: {} }]);
    tell(metrics, 1, 100, 5);
    assert.deepEqual(metrics.read(), [{ ...requests[0], values: [{ value: 5, labels: {} }] }]);
    assert.deepEqual(metrics.refused, { malformed: 1, conflict: 0, limit: 0, infinite: 0 });
  });

for (const wrong of [
  { labels: { 'a-b': '1' } },
  { labels: { '': '1' } },
  { labels: { __name__: 'other' } },
  { name: 'other', labels: {} },
  { name: 'requests_total_x', labels: {} },
  { name: 'requests_total{a="1"} 7\nother', labels: {} },
])
  test(`so is a series: ${JSON.stringify(wrong)}`, () => {
    const metrics = new AppMetrics();
    introduce(metrics, 1, requests, [{ family: 0, ...wrong }, ...plain]);
    tell(metrics, 1, 100, 5);
    assert.deepEqual(valuesOf(metrics, 'requests_total'), [5]);
    assert.equal(metrics.refused.malformed, 1);
  });

test('an infinite counter harms neither its sum nor what it comes to later', () => {
  const metrics = new AppMetrics();
  for (const worker of [1, 2]) {
    introduce(metrics, worker, requests, plain);
    tell(metrics, worker, 5);
  }
  tell(metrics, 1, Infinity);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [10]);
  tell(metrics, 1, 6);
  tell(metrics, 2, -Infinity);
  metrics.remove(1);
  metrics.remove(2);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [11]);
  assert.equal(metrics.refused.infinite, 2);
});

test('what a lying worker has counted up to does not become infinite', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  for (let i = 0; i < 3; i++) {
    tell(metrics, 1, Number.MAX_VALUE);
    tell(metrics, 1, 0);
  }
  metrics.remove(1);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [Number.MAX_VALUE]);
});

for (const [values, aggregator, expected] of [
  [[1, Infinity, 2], 'sum', 3],
  [[1, Infinity, 2], 'average', 1.5],
  [[Infinity, Infinity], 'sum', Infinity],
  [[Infinity, -Infinity], 'sum', Infinity],
  [[1, Infinity], 'max', Infinity],
] as const)
  test(`gauges of ${values.join(', ')} become one by their ${aggregator}: ${expected}`, () => {
    const metrics = new AppMetrics();
    values.forEach((value, worker) => {
      introduce(metrics, worker, [family('pool', 'gauge', aggregator)], plain);
      tell(metrics, worker, value);
    });
    assert.deepEqual(valuesOf(metrics, 'pool'), [expected]);
  });

/** What is refused as `take()` is called again and again. */
function tellMany(metrics: AppMetrics, count: number, message: (at: number) => MetricsMessage): number {
  const before = metrics.refused.limit;
  for (let at = 0; at < count; at++) assert.ok(metrics.take(1, message(at)));
  return metrics.refused.limit - before;
}

test('metrics and series have limits, whatever numbers a worker gives them', () => {
  const metrics = new AppMetrics();
  const families = tellMany(metrics, 3_000, (first) => ({
    type: 'metric-families',
    first,
    families: [family(`a${first}`, 'counter')],
  }));
  assert.equal(families, 1_000);
  const another = (labels: Record<string, string>): MetricsMessage => ({
    type: 'metric-series',
    first: 0,
    series: [{ family: 0, labels }],
  });
  const series = tellMany(metrics, 30_000, (at) => another({ at: String(at) }));
  assert.equal(series, 10_000);
  metrics.remove(1);
  const taken = { type: 'metric-families', first: 0, families: requests } as const;
  const refused = tellMany(metrics, 1, () => taken);
  assert.equal(refused, 0, 'metrics that nobody has make room');
  assert.equal(
    tellMany(metrics, 1, () => another({})),
    1,
    'counters stay',
  );
});

test('long names, labels and helps count for what they are', () => {
  const metrics = new AppMetrics();
  metrics.take(1, { type: 'metric-families', first: 0, families: requests });
  const long = 'x'.repeat(4_000);
  const refused = tellMany(metrics, 1_000, (at) => ({
    type: 'metric-series',
    first: at,
    series: [{ family: 0, labels: { long: `${at} ${long}` } }],
  }));
  assert.ok(refused > 400 && refused < 500, String(refused));
  const families = [{ ...family('pool', 'gauge'), help: long }];
  assert.equal(
    tellMany(metrics, 1, () => ({ type: 'metric-families', first: 1, families })),
    1,
  );
});

test('a series that goes up and down is forgotten with the last worker that has it', () => {
  const metrics = new AppMetrics();
  for (let worker = 0; worker < 60; worker++) {
    introduce(
      metrics,
      worker,
      [family('pool', 'gauge')],
      Array.from({ length: 1_000 }, (_, at) => ({ family: 0, labels: { at: `${worker} ${at}` } })),
    );
    metrics.remove(worker);
  }
  introduce(metrics, 99, [family('pool', 'counter')], plain);
  tell(metrics, 99, 1);
  assert.deepEqual(valuesOf(metrics, 'pool'), [1], 'and its type with it');
  assert.deepEqual(metrics.refused, { malformed: 0, conflict: 0, limit: 0, infinite: 0 });
});

test('what a worker tells anew under another number is not counted twice', () => {
  const metrics = new AppMetrics();
  const both: MetricSeries[] = [
    { family: 0, labels: { a: 1 } },
    { family: 0, labels: { a: 2 } },
  ];
  introduce(metrics, 1, requests, both);
  tell(metrics, 1, 5, 7);
  introduce(metrics, 1, requests, both.toReversed());
  tell(metrics, 1, 7, 6);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [6, 7]);
  introduce(metrics, 1, requests, both.slice(0, 1));
  tell(metrics, 1, 8);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [8, 0]);
});

test('a series that has the name of its metric is the one without a name', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  introduce(metrics, 2, requests, [{ family: 0, name: 'requests_total', labels: {} }]);
  tell(metrics, 1, 1);
  tell(metrics, 2, 2);
  assert.deepEqual(metrics.read(), [{ ...requests[0], values: [{ value: 3, labels: {} }] }]);
});

test('the first that is refused for a reason is told', () => {
  const told: unknown[] = [];
  const metrics = new AppMetrics((...refused) => told.push(refused));
  introduce(metrics, 1, [family('a b', 'counter'), family('c d', 'counter')], []);
  metrics.take(1, { type: 'metrics-told', leftOut: 3 });
  assert.deepEqual(told, [
    ['malformed', 'a b'],
    ['limit', undefined],
  ]);
  assert.deepEqual(metrics.refused, { malformed: 2, conflict: 0, limit: 3, infinite: 0 });
});
