import { availableParallelism, cpus } from 'node:os';
import { cpuQuota } from './cgroup.js';

/** How many workers are one a processor, 1 at least, and what limits them, for people. */
export interface Processors {
  count: number;
  because: string;
}

/** Those that this process may use, by its affinity and by the quota of its container, rounded down. */
export function usableProcessors(proc?: string): Processors {
  // By affinity; libuv knows quotas from 1.49 on, and Node 20 has an older one.
  const processors = availableParallelism();
  const all = Math.max(processors, cpus().length);
  const quota = cpuQuota(proc);
  if (quota !== undefined && quota.value < Math.min(all, processors + 1)) {
    const count = Math.max(1, Math.floor(quota.value));
    return { count, because: `a quota of ${formatCpus(quota.value)} in ${quota.file}` };
  }
  const because = processors < all ? `an affinity to ${processors} of ${all} CPUs` : 'one for each CPU';
  return { count: processors, because };
}

function formatCpus(quota: number): string {
  return quota === 1 ? '1 CPU' : `${Number(quota.toFixed(2))} CPUs`;
}
