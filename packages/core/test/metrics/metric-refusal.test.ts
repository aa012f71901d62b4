import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusalWarnings } from '#core/metrics/metric-refusal.js';

function collect(): { warnings: string[]; refusals: RefusalWarnings } {
  const warnings: string[] = [];
  return { warnings, refusals: new RefusalWarnings((message) => warnings.push(message)) };
}

test('each reason is told once, with the first metric', () => {
  const { warnings, refusals } = collect();
  refusals.onRefused('limit');
  refusals.onRefused('malformed', { name: 'a b' });
  refusals.onRefused('malformed', { name: 'c d' });
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /each request or user\? baton_app_metrics_refused_total counts them\.$/);
  assert.match(warnings[1] ?? '', /^Metrics of the app are left out, such as "a b", because its name, /);
});

test('each metric of which workers contradict each other is named once, and again when it is another', () => {
  const { warnings, refusals } = collect();
  const wait = { name: 'wait', type: 'histogram', aggregator: 'sum', bounds: '1 2 +Inf' };
  for (const told of [wait, wait, { ...wait, name: 'other' }, { ...wait, bounds: '1 +Inf' }])
    refusals.onRefused('conflict', told);
  assert.deepEqual(
    warnings.map((warning) => /"(\w+)" differently: one has it as a (.+?);/.exec(warning)?.slice(1)),
    [
      ['wait', 'histogram with the aggregator sum and the buckets 1 2 +Inf'],
      ['other', 'histogram with the aggregator sum and the buckets 1 2 +Inf'],
      ['wait', 'histogram with the aggregator sum and the buckets 1 +Inf'],
    ],
  );
});

test('workers that lie do not fill the log', () => {
  const { warnings, refusals } = collect();
  for (let at = 0; at < 1_000; at++) refusals.onRefused('conflict', { name: `a${at}`, type: 'gauge' });
  assert.ok(warnings.length < 110, String(warnings.length));
  refusals.onRefused('malformed', { name: 'a b' });
  assert.match(warnings.at(-1) ?? '', /such as "a b"/);
});
