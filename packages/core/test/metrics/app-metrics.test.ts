import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeValues,
  type MetricExemplar,
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

test('nonsense is refused, and what contradicts another worker is left out until that is gone', () => {
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
  assert.equal(metrics.hasMissed(2), false);
  metrics.remove(1);
  assert.equal(metrics.hasMissed(2), true);
  introduce(metrics, 2, [family('requests_total', 'gauge')], plain);
  tell(metrics, 2, 100);
  assert.deepEqual(metrics.read(), [
    { ...family('requests_total', 'gauge'), values: [{ value: 100, labels: {} }] },
  ]);
});

test('other buckets: the old ones stay until no worker has them, then the histogram begins anew', () => {
  const told: unknown[] = [];
  const metrics = new AppMetrics((...refused) => told.push(refused));
  const histogram = (bounds: string): MetricFamily[] => [{ ...family('wait', 'histogram'), bounds }];
  const buckets = (...bounds: string[]): MetricSeries[] =>
    bounds.map((le) => ({ family: 0, name: 'wait_bucket', labels: { le } }));
  introduce(metrics, 1, histogram('1 +Inf'), buckets('1', '+Inf'));
  tell(metrics, 1, 5, 10);
  const other = histogram('0.5 1 2 +Inf');
  const introduceOther = (): void => introduce(metrics, 2, other, buckets('0.5', '1', '2', '+Inf'));
  introduceOther();
  tell(metrics, 2, 1, 2, 3, 4);
  assert.deepEqual(valuesOf(metrics, 'wait'), [5, 10]);
  assert.deepEqual(told, [['conflict', other[0]]]);
  metrics.remove(1);
  assert.deepEqual(valuesOf(metrics, 'wait'), [5, 10], 'until the other tells it again');
  introduceOther();
  tell(metrics, 2, 1, 2, 3, 4);
  assert.deepEqual(valuesOf(metrics, 'wait'), [1, 2, 3, 4]);
});

test('another aggregator is a contradiction, another help is none', () => {
  const metrics = new AppMetrics();
  const told = (help: string, aggregator = 'sum'): MetricFamily[] => [
    { ...family('pool', 'gauge', aggregator), help },
  ];
  introduce(metrics, 1, told('Old.'), plain);
  tell(metrics, 1, 1);
  introduce(metrics, 2, told('New.'), plain);
  tell(metrics, 2, 2);
  introduce(metrics, 3, told('New.', 'max'), plain);
  tell(metrics, 3, 3);
  assert.deepEqual(metrics.read(), [{ ...told('Old.')[0], values: [{ value: 3, labels: {} }] }]);
  metrics.remove(1);
  assert.deepEqual(metrics.read(), [{ ...told('New.')[0], values: [{ value: 2, labels: {} }] }]);
  metrics.remove(2);
  introduce(metrics, 3, told('New.', 'max'), plain);
  tell(metrics, 3, 3);
  assert.deepEqual(metrics.read(), [{ ...told('New.', 'max')[0], values: [{ value: 3, labels: {} }] }]);
});

const both: MetricSeries[] = [
  { family: 0, labels: { a: 1 } },
  { family: 0, labels: { a: 2 } },
];

test('while a worker tells all anew, and when it tells less, nothing that only grows goes down', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, both);
  tell(metrics, 1, 5, 7);
  assert.ok(metrics.take(1, { type: 'metric-families', first: 0, families: requests }));
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5, 7]);
  assert.ok(metrics.take(1, { type: 'metric-series', first: 0, series: both.slice(0, 1) }));
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [5, 7]);
  tell(metrics, 1, 2);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [7, 7], 'the first began anew meanwhile');
  metrics.remove(1);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [7, 7]);
});

test('of the exemplars of all workers, the latest of each series is kept', () => {
  const metrics = new AppMetrics();
  for (const worker of [1, 2]) {
    introduce(metrics, worker, requests, plain);
    tell(metrics, worker, 1);
  }
  const tellExemplar = (worker: number, exemplar: Omit<MetricExemplar, 'series'>): void =>
    assert.ok(metrics.take(worker, { type: 'metric-exemplars', exemplars: [{ series: 0, ...exemplar }] }));
  tellExemplar(1, { labels: { trace: 'a' }, value: 1, timestamp: 20 });
  tellExemplar(2, { labels: { trace: 'b' }, value: 2, timestamp: 10 });
  const shown = { labelSet: { trace: 'a' }, value: 1, timestamp: 20 };
  assert.deepEqual(metrics.read()[0]?.values, [{ value: 2, labels: {}, exemplar: shown }]);
  tellExemplar(2, { labels: { 'no name': 'b' }, value: 2, timestamp: 30 });
  tellExemplar(2, { labels: { trace: 'b'.repeat(124) }, value: 2, timestamp: 30 });
  tellExemplar(2, { labels: { trace: 'b' }, value: Infinity, timestamp: 30 });
  assert.deepEqual(metrics.read()[0]?.values[0]?.exemplar, shown);
  assert.equal(metrics.refused.malformed, 3);
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

const another = (at: number, family = 0): MetricSeries => ({ family, labels: { at: String(at) } });

test('metrics and series have limits, whatever numbers a worker gives them', () => {
  const metrics = new AppMetrics();
  const families = tellMany(metrics, 3_000, (at) => ({
    type: 'metric-families',
    first: at + 1,
    families: [family(`a${at}`, 'counter')],
  }));
  assert.equal(families, 1_001);
  const series = tellMany(metrics, 30_000, (first) => ({
    type: 'metric-series',
    first,
    series: [another(first, 1)],
  }));
  assert.equal(series, 10_000);
  metrics.remove(1);
  const refused = tellMany(metrics, 1, () => ({ type: 'metric-families', first: 0, families: requests }));
  assert.equal(refused, 0, 'metrics that nobody has make room');
});

test('counters that no worker has any more make room, the oldest first, and those of living workers never', () => {
  const metrics = new AppMetrics();
  const range = (from: number, to: number): MetricSeries[] =>
    Array.from({ length: to - from }, (_, at) => another(from + at));
  introduce(metrics, 1, requests, range(0, 8_000));
  introduce(metrics, 2, requests, range(8_000, 16_000));
  for (const worker of [1, 2]) tell(metrics, worker, ...Array.from({ length: 8_000 }, () => 1));
  metrics.remove(2);
  metrics.remove(1);
  introduce(metrics, 3, requests, range(0, 4_000));
  introduce(metrics, 4, requests, range(20_000, 30_000));
  tell(metrics, 4, ...Array.from({ length: 10_000 }, () => 2));
  const places = metrics.read()[0]?.values.map(({ labels }) => Number(labels['at'])) ?? [];
  assert.equal(places.length, 20_000);
  const first = places.find((at) => at >= 8_000);
  assert.equal(first, 14_000, 'those of worker 2, which ended first');
  assert.deepEqual(
    places.slice(0, 8_000),
    range(0, 8_000).map(({ labels }) => Number(labels['at'])),
  );
  assert.equal(metrics.refused.limit, 0);
  const more = { type: 'metric-series', first: 10_000, series: range(30_000, 37_000) } as const;
  assert.ok(metrics.take(4, more));
  assert.equal(metrics.refused.limit, 1_000, 'all others are of living workers');
});

test('of a histogram that makes room, everything goes at once', () => {
  const metrics = new AppMetrics();
  const histogram = [{ ...family('wait', 'histogram'), bounds: '1 +Inf' }];
  const child = (at: number): MetricSeries[] => [
    { family: 0, name: 'wait_bucket', labels: { at, le: 1 } },
    { family: 0, name: 'wait_bucket', labels: { at, le: '+Inf' } },
    { family: 0, name: 'wait_sum', labels: { at } },
    { family: 0, name: 'wait_count', labels: { at } },
  ];
  introduce(metrics, 1, histogram, Array.from({ length: 5_000 }, (_, at) => child(at)).flat());
  tell(metrics, 1, ...Array.from({ length: 20_000 }, () => 1));
  metrics.remove(1);
  introduce(metrics, 2, requests, plain);
  const left = valuesOf(metrics, 'wait')?.length;
  assert.equal(left, 19_996);
});

test('a worker for which there was no room is told when there is some', () => {
  const metrics = new AppMetrics();
  const gauges = [family('pool', 'gauge')];
  const range = (from: number): MetricSeries[] =>
    Array.from({ length: 15_000 }, (_, at) => another(from + at));
  introduce(metrics, 1, gauges, range(0));
  introduce(metrics, 2, gauges, range(15_000));
  assert.equal(metrics.refused.limit, 10_000);
  assert.deepEqual([metrics.hasMissed(1), metrics.hasMissed(2)], [false, false]);
  metrics.remove(1);
  assert.equal(metrics.hasMissed(2), true);
  introduce(metrics, 2, gauges, range(15_000));
  tell(metrics, 2, ...Array.from({ length: 15_000 }, () => 1));
  assert.equal(valuesOf(metrics, 'pool')?.length, 15_000);
  assert.equal(metrics.hasMissed(2), false);
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
  introduce(metrics, 1, requests, both);
  tell(metrics, 1, 5, 7);
  introduce(metrics, 1, requests, both.toReversed());
  tell(metrics, 1, 7, 6);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [6, 7]);
  introduce(metrics, 1, requests, both.slice(0, 1));
  tell(metrics, 1, 8);
  assert.deepEqual(valuesOf(metrics, 'requests_total'), [8, 7]);
});

test('a series that has the name of its metric is the one without a name', () => {
  const metrics = new AppMetrics();
  introduce(metrics, 1, requests, plain);
  introduce(metrics, 2, requests, [{ family: 0, name: 'requests_total', labels: {} }]);
  tell(metrics, 1, 1);
  tell(metrics, 2, 2);
  assert.deepEqual(metrics.read(), [{ ...requests[0], values: [{ value: 3, labels: {} }] }]);
});

test('what is refused is told', () => {
  const told: unknown[] = [];
  const metrics = new AppMetrics((...refused) => told.push(refused));
  const wrong = family('a b', 'counter');
  introduce(metrics, 1, [wrong], []);
  metrics.take(1, { type: 'metrics-told', leftOut: 3 });
  assert.deepEqual(told, [
    ['malformed', wrong],
    ['limit', undefined],
  ]);
  assert.deepEqual(metrics.refused, { malformed: 1, conflict: 0, limit: 3, infinite: 0 });
});
