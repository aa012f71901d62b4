import type { WorkerStatus } from '../status.js';

/** What was seen of a worker's event loop. */
interface Sample {
  ageMs: number;
  idleMs: number;
}

/** How busy event loops are: which part of the time they did not wait for events, since they were looked at last. */
export class Utilization {
  #before = new Map<number, Sample>();

  /** By slot, of the workers that are ready; 0…1, as `performance.eventLoopUtilization()` has it. Each call begins a new interval. */
  next(workers: readonly WorkerStatus[]): Map<number, number> {
    const bySlot = new Map<number, number>();
    const now = new Map<number, Sample>();
    for (const { id, slot, state, ageMs, idleMs } of workers) {
      const { ageMs: sinceMs, idleMs: idleBeforeMs } = this.#before.get(id) ?? { ageMs: 0, idleMs: 0 };
      now.set(id, { ageMs, idleMs });
      const passedMs = ageMs - sinceMs;
      if (state !== 'ready' || passedMs <= 0) continue;
      bySlot.set(slot, Math.min(1, Math.max(0, 1 - (idleMs - idleBeforeMs) / passedMs)));
    }
    this.#before = now;
    return bySlot;
  }
}
