import { within } from './within.js';
import type { WorkerHandle } from './worker-handle.js';

/** How long an app that listens for the signal has to close its servers by itself, at most, and of the time to stop. */
const usualDelayMs = 5_000;
const usualPart = 0.5;

/** How long a worker whose event loop is busy may take to say whether its app listens. */
const answerMs = 1_000;

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
  const answers = workers.map(({ stopping, exited }) => Promise.race([stopping.promise, exited]));
  await within(answerMs, Promise.race([isOver, Promise.all(answers)]));
  if (!workers.some(({ hearsStop }) => hearsStop)) return;
  await within(Math.min(usualDelayMs, stopTimeoutMs * usualPart), isOver);
}
