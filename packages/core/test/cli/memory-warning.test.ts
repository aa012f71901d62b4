import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { describeTightMemory } from '#core/cli/memory-warning.js';
import { resolveOptions, type PrimaryOptions } from '#core/options.js';

const megabyte = 2 ** 20;

/** What is told of workers with heaps of 100 MB each, where the memory is limited. */
function told(limitBytes: number, options: Partial<PrimaryOptions>): string | undefined {
  const resolved = resolveOptions({
    app: 'app.js',
    env: {},
    execArgv: ['--max-old-space-size=100'],
    ...options,
  });
  return describeTightMemory(resolved, { value: limitBytes, file: '/made-up/memory.max' });
}

for (const [options, most] of [
  [{ workers: 1 }, 2],
  [{ workers: 2 }, 3],
  [{ workers: 2, reloadConcurrency: 2 }, 4],
  // A reload replaces no more workers than there are.
  [{ workers: 2, reloadConcurrency: 1024 }, 4],
] as const)
  test(`${JSON.stringify(options)}: ${most} heaps have to fit`, () => {
    assert.equal(told(most * 100 * megabyte, options), undefined);
    assert.match(
      told(most * 100 * megabyte - 1, options) ?? '',
      new RegExp(
        `/made-up/memory\\.max\\), and ${most} workers, as at a reload, with a heap each of up to 100M`,
      ),
    );
  });

test('the heap is that of NODE_OPTIONS, and the last one given', () => {
  const env = { NODE_OPTIONS: '--max-old-space-size=100' };
  assert.equal(told(200 * megabyte, { workers: 1, env, execArgv: [] }), undefined);
  assert.ok(told(200 * megabyte, { workers: 1, env, execArgv: ['--max-old-space-size', '200'] }));
});

test('without one, it is what Node gives a process', () => {
  const { heap_size_limit: heapBytes } = getHeapStatistics();
  assert.equal(told(2 * heapBytes, { workers: 1, execArgv: [] }), undefined);
  assert.ok(told(2 * heapBytes - 1, { workers: 1, execArgv: [] }));
});

test('nothing is told where workers are replaced before', () => {
  assert.equal(told(megabyte, { workers: 2, maxMemoryBytes: 100 * megabyte }), undefined);
});
