import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { DurationHistogram } from '#core/metrics/duration-histogram.js';

test('buckets are cumulative, bounds and sum are in seconds', async () => {
  const registry = new Registry();
  const histogram = new DurationHistogram('handoff_seconds', 'Help.');
  registry.registerMetric(histogram.asMetric());
  histogram.set({ boundsNs: [10_000, 20_000], counts: [3, 0, 2], sumNs: 1_500_000_000 });
  assert.equal(
    await registry.metrics(),
    [
      '# HELP handoff_seconds Help.',
      '# TYPE handoff_seconds histogram',
      'handoff_seconds_bucket{le="0.00001"} 3',
      'handoff_seconds_bucket{le="0.00002"} 3',
      'handoff_seconds_bucket{le="+Inf"} 5',
      'handoff_seconds_sum 1.5',
      'handoff_seconds_count 5',
      '',
    ].join('\n'),
  );
});
