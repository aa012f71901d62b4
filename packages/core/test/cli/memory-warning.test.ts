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

for (const workers of [1, 2, 3])
  test(`the heaps of ${workers} workers have to fit`, () => {
    assert.equal(told(workers * 100 * megabyte, { workers }), undefined);
    assert.match(
      told(workers * 100 * megabyte - 1, { workers }) ?? '',
      /\/made-up\/memory\.max\).*up to 100M/,
    );
  });

test('the heap is that of NODE_OPTIONS, and the last one given', () => {
  const env = { NODE_OPTIONS: '--max-old-space-size=100' };
  assert.equal(told(100 * megabyte, { workers: 1, env, execArgv: [] }), undefined);
  assert.ok(told(100 * megabyte, { workers: 1, env, execArgv: ['--max-old-space-size', '200'] }));
});

test('without one, it is what Node gives a process', () => {
  const { heap_size_limit: heapBytes } = getHeapStatistics();
  assert.equal(told(heapBytes, { workers: 1, execArgv: [] }), undefined);
  assert.ok(told(heapBytes - 1, { workers: 1, execArgv: [] }));
});

test('nothing is told where workers are replaced before', () => {
  assert.equal(told(megabyte, { workers: 2, maxMemoryBytes: 100 * megabyte }), undefined);
});
