import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { Collector } from '#core/metrics/collector.js';

/** What prom-client keeps of a metric's labels. A histogram of ours has them with its values. */
interface Labelled {
  labelNames?: readonly string[];
}

test('docs/metrics.md has every metric, with its labels and its type', async () => {
  const registry = new Registry();
  void new Collector(registry);
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  const metrics = registry.getMetricsAsArray().map((metric) => {
    const { labelNames } = metric as Labelled;
    return { name: metric.name, type: types.get(metric.name), labels: labelNames?.join(',') };
  });

  const page = readFileSync(new URL('../../../../../docs/metrics.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(baton_\w+)(?:\{([\w,]+)\})?` +\| (counter|gauge|histogram) /gm)];
  const told = rows.map(([, name = '', labels = '', type]) => ({
    name,
    type,
    labels: type === 'histogram' ? undefined : labels,
  }));
  const byName = (one: { name: string }, other: { name: string }): number =>
    one.name.localeCompare(other.name);
  assert.deepEqual(told.toSorted(byName), metrics.toSorted(byName));
});
