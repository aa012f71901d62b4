import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { DurationHistogram } from '#core/metrics/duration-histogram.js';

test('of each set of labels, buckets are cumulative; bounds and sum are in seconds', async () => {
  const registry = new Registry();
  const histogram = new DurationHistogram('handoff_seconds', 'Help.');
  registry.registerMetric(histogram.asMetric());
  histogram.set([
    [{ worker: 0 }, { boundsNs: [10_000, 20_000], counts: [3, 0, 2], sumNs: 1_500_000_000 }],
    [{ worker: 1 }, { boundsNs: [10_000], counts: [0, 1], sumNs: 30_000 }],
  ]);
  assert.equal(
    await registry.metrics(),
    [
      '# HELP handoff_seconds Help.',
      '# TYPE handoff_seconds histogram',
      'handoff_seconds_bucket{worker="0",le="0.00001"} 3',
      'handoff_seconds_bucket{worker="0",le="0.00002"} 3',
      'handoff_seconds_bucket{worker="0",le="+Inf"} 5',
      'handoff_seconds_sum{worker="0"} 1.5',
      'handoff_seconds_count{worker="0"} 5',
      'handoff_seconds_bucket{worker="1",le="0.00001"} 0',
      'handoff_seconds_bucket{worker="1",le="+Inf"} 1',
      'handoff_seconds_sum{worker="1"} 0.00003',
      'handoff_seconds_count{worker="1"} 1',
      '',
    ].join('\n'),
  );
});
