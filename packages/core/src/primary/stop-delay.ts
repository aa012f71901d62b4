import { within } from './within.js';
import type { WorkerHandle } from './worker-handle.js';

/** How long an app that listens for the signal has to close its servers by itself, at most, and of the time to stop. */
const usualDelayMs = 5_000;
const usualPart = 0.5;

/** What a stop still waits for before nothing new comes. */
export interface StopDelayPlan {
  /** Those that were told of the stop. */
  workers: readonly WorkerHandle[];
  /** Undefined: as the app wants it. */
  delayMs: number | undefined;
  stopTimeoutMs: number;
  /** Resolves when nothing listens any more. */
  nothingListens: Promise<void>;
}

/** Resolves when the time has come to close the listeners: when the app has closed its servers in all workers, or the delay is over. */
export async function stopDelay(plan: StopDelayPlan): Promise<void> {
  const { workers, delayMs, stopTimeoutMs, nothingListens } = plan;
  const isOver = Promise.race([nothingListens, Promise.all(workers.map(({ exited }) => exited))]);
  if (delayMs !== undefined) return within(delayMs, isOver);
  await within(
    Math.min(usualDelayMs, stopTimeoutMs * usualPart),
    Promise.race([isOver, nobodyHears(workers)]),
  );
}

/** Resolves when all have said that their app does not listen for the signal, or have ended. */
async function nobodyHears(workers: readonly WorkerHandle[]): Promise<void> {
  await Promise.all(workers.map(({ stopping, exited }) => Promise.race([stopping.promise, exited])));
  if (workers.some(({ hearsStop }) => hearsStop)) await new Promise(() => {});
}
