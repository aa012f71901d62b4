import type { Snapshot } from './snapshot.js';

/** Of the options of a primary, those that say when it is ready. */
export interface ReadinessLimits {
  minReady: number;
  /** 0: none. */
  stalledTimeoutMs: number;
}

/** Whether a service can answer requests, and why not, for people. */
export interface Readiness {
  isReady: boolean;
  text: string;
}

/** Enough workers are ready, and not all of them have been stalled for too long: those that were would answer nobody. */
export function describeReadiness(
  { workers, targets }: Pick<Snapshot, 'workers' | 'targets'>,
  { minReady, stalledTimeoutMs }: ReadinessLimits,
): Readiness {
  const ready = workers.filter(({ state }) => state === 'ready');
  const slots = new Set(ready.map(({ slot }) => slot)).size;
  const text = `ready: ${slots}, needed: ${minReady}\n`;
  const stalledForNs = new Map(targets.map((target) => [target.id, target.stalledForNs]));
  const shortestMs = Math.min(...ready.map(({ id }) => (stalledForNs.get(id) ?? 0) / 1e6));
  if (stalledTimeoutMs === 0 || ready.length === 0 || shortestMs <= stalledTimeoutMs)
    return { isReady: slots >= minReady, text };
  const seconds = (shortestMs / 1_000).toFixed(1);
  return {
    isReady: false,
    text: `${text}all are stalled: no event loop has turned for ${seconds} s, longer than --stalled-timeout ${stalledTimeoutMs}ms\n`,
  };
}
