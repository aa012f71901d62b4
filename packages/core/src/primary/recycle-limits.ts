import type { RestartReason } from '../metrics/snapshot.js';
import type { ResolvedOptions } from '../options.js';
import { residentBytes } from './resident-memory.js';
import type { WorkerHandle } from './worker-handle.js';

/** A worker is beyond a limit, with the figures for people. */
export interface Excess {
  reason: RestartReason;
  /** What the worker is or uses: `uses 61 MB`. */
  found: string;
  /** `--max-memory 30M`. */
  limit: string;
  /** What to do where each new worker is beyond it too. */
  remedy: string;
}

/** Of the limits for recycling, the first that the worker is beyond. */
export function beyondLimit({ pid, ageMs }: WorkerHandle, options: ResolvedOptions): Excess | undefined {
  const { maxAgeMs = Infinity, maxMemoryBytes = Infinity } = options;
  if (ageMs > maxAgeMs) return tooOld(ageMs, maxAgeMs);
  const bytes = maxMemoryBytes < Infinity ? (residentBytes(pid) ?? 0) : 0;
  return bytes > maxMemoryBytes ? tooLarge(bytes, maxMemoryBytes) : undefined;
}

/** Of the limits, the first that it was beyond when it came up, `sinceMs` ago at most, before it had answered a request. */
export function beyondLimitAtOnce(
  worker: WorkerHandle,
  options: ResolvedOptions,
  sinceMs: number,
): Excess | undefined {
  const { ageMs, bytesWhenReady = 0 } = worker;
  const { maxAgeMs = Infinity, maxMemoryBytes = Infinity } = options;
  if (ageMs - sinceMs > maxAgeMs) return tooOld(ageMs, maxAgeMs);
  return bytesWhenReady > maxMemoryBytes ? tooLarge(bytesWhenReady, maxMemoryBytes) : undefined;
}

function tooOld(ageMs: number, maxAgeMs: number): Excess {
  return {
    reason: 'maxAge',
    found: `is ${seconds(ageMs)} old`,
    limit: `--max-age ${seconds(maxAgeMs)}`,
    remedy: 'Raise it well above the time that a worker needs to start and to pass its --probation.',
  };
}

function tooLarge(bytes: number, maxMemoryBytes: number): Excess {
  return {
    reason: 'maxMemory',
    found: `uses ${megabytes(bytes)} MB`,
    limit: `--max-memory ${megabytes(maxMemoryBytes)}M`,
    remedy: 'Raise it well above what the app needs once it has started.',
  };
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))}s`;
}

/** Of 1024² bytes, as in `--max-memory`. */
function megabytes(bytes: number): number {
  return Number((bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0));
}
