import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricsMessage } from '#core/channel/metric-messages.js';
import { AppMetrics } from '#core/metrics/app-metrics.js';
import { ExposedMetrics } from '#core/worker/exposed-metrics.js';

/** A worker with one registry, and what the primary knows of it, by way of JSON. */
function expose(read: () => object[]): { metrics: AppMetrics; tell: () => Promise<void> } {
  const metrics = new AppMetrics();
  const exposed = new ExposedMetrics(
    (message) => metrics.take(1, JSON.parse(JSON.stringify(message)) as MetricsMessage),
    60_000,
  );
  exposed.add({ getMetricsAsJSON: () => Promise.resolve(read()) });
  return { metrics, tell: () => exposed.tell() };
}

test('an app may have other series all the time, as long as it has few at a time', async () => {
  let round = 0;
  const { metrics, tell } = expose(() => [
    { name: 'always_total', help: 'x', type: 'counter', values: [{ value: round, labels: {} }] },
    {
      name: 'pool',
      help: 'x',
      type: 'gauge',
      values: Array.from({ length: 1_000 }, (_, at) => ({ value: at, labels: { at: `${round} ${at}` } })),
    },
  ]);
  for (round = 1; round <= 50; round++) {
    await tell();
    const [always, pool] = metrics.read();
    assert.deepEqual(always?.values, [{ value: round, labels: {} }]);
    assert.equal(pool?.values.length, 1_000);
  }
  assert.equal(metrics.refused.limit, 0);
});

test('what is too much is left out, and counted', async () => {
  const { metrics, tell } = expose(() =>
    Array.from({ length: 3_000 }, (_, at) => ({
      name: `a${at}`,
      help: 'x',
      type: 'counter',
      values: Array.from({ length: 10 }, (_, label) => ({ value: 1, labels: { label } })),
    })),
  );
  await tell();
  assert.equal(metrics.read().length, 2_000);
  assert.ok(metrics.refused.limit >= 1_000);
});

test("labels' values that are no text reach the primary as one", async () => {
  const { metrics, tell } = expose(() => [
    {
      name: 'a',
      help: 'x',
      type: 'gauge',
      values: [{ value: 1, labels: { is: true, no: undefined, le: Infinity, code: 200, none: null } }],
    },
  ]);
  await tell();
  assert.deepEqual(metrics.read()[0]?.values, [
    { value: 1, labels: { is: 'true', no: 'undefined', le: 'Infinity', code: 200, none: 'null' } },
  ]);
});
