import { getHeapStatistics } from 'node:v8';
import { memoryLimit } from '../cgroup.js';
import { spelled } from '../exec-argv.js';
import type { ResolvedOptions } from '../options.js';
import { formatBytes } from './format.js';

/** Says so where the heaps of the workers may come to more than the memory of their control group, and nothing replaces them before. */
export function describeTightMemory(
  { workers, maxMemoryBytes, execArgv, env }: ResolvedOptions,
  limit = memoryLimit(),
): string | undefined {
  if (limit === undefined || maxMemoryBytes !== undefined) return undefined;
  const heapBytes = heapLimit([...(env['NODE_OPTIONS'] ?? '').split(/\s+/), ...execArgv]);
  if (workers * heapBytes <= limit.value) return undefined;
  const heaps = workers === 1 ? 'a worker with a heap' : `${workers} workers with heaps`;
  return (
    `memory is limited to ${formatBytes(limit.value)} (${limit.file}), but ${heaps} of up to ${formatBytes(heapBytes)}${workers === 1 ? '' : ' each'} ` +
    'may need more; the kernel would then kill one. Set --max-memory or --max-old-space-size, or fewer --workers.'
  );
}

/** How large V8 lets the heap of a worker with these options of node become, in bytes. */
function heapLimit(nodeOptions: readonly string[]): number {
  // Of several, node takes the last. The value may be a word of its own.
  const given = nodeOptions
    .map(spelled)
    .join(' ')
    .matchAll(/--max-old-space-size[= ](\d+)/g);
  const megabytes = [...given].at(-1)?.[1];
  return megabytes === undefined ? getHeapStatistics().heap_size_limit : Number(megabytes) * 2 ** 20;
}
