import { BatonError } from '../errors.js';
import type { ReloadStatus } from '../status.js';
import type { Releases } from './releases.js';
import { rolling } from './rolling.js';
import type { Slot } from './slot.js';
import type { Turns } from './turns.js';

/** What came of a reload: how many workers were replaced, and the generation of the new ones. */
export interface Reloaded {
  workers: number;
  generation: number;
}

/** What a reload works on. */
export interface Reloadable {
  readonly slots: Slot[];
  readonly releases: Releases;
  readonly isStopping: boolean;
  nextGeneration(): number;
  /** What the signal asks for is asked for. */
  onOrdered(signal: 'SIGHUP'): void;
  /** A reload has begun, or ended. */
  onReload(status: ReloadStatus): void;
}

/** The reloads of a primary: one at a time; those that are asked for meanwhile are done once, together. */
export class Reloads {
  readonly #subject: Reloadable;
  readonly #turns: Turns;
  readonly #concurrency: number;
  readonly counts = { done: 0, failed: 0 };
  #last: ReloadStatus | undefined;
  /** Those that wait, by whether they allow dropped listeners: none gets less than it has asked for. */
  readonly #queued = new Map<boolean, Promise<Reloaded>>();

  constructor(subject: Reloadable, turns: Turns, concurrency: number) {
    this.#subject = subject;
    this.#turns = turns;
    this.#concurrency = concurrency;
  }

  /** The one that is under way, or the last one. */
  get last(): ReloadStatus | undefined {
    return this.#last;
  }

  /** See `Primary.reload`. */
  request(allowDroppedListeners: boolean): Promise<Reloaded> {
    this.#subject.onOrdered('SIGHUP');
    const queued = this.#queued.get(allowDroppedListeners);
    if (queued !== undefined) return queued;
    const reloaded = this.#turns.take(() => {
      this.#queued.delete(allowDroppedListeners);
      return this.#reload(allowDroppedListeners);
    });
    this.#queued.set(allowDroppedListeners, reloaded);
    return reloaded;
  }

  async #reload(allowDroppedListeners: boolean): Promise<Reloaded> {
    this.#checkNotStopped();
    const generation = this.#subject.nextGeneration();
    const status: ReloadStatus = { state: 'running', generation, startedAt: Date.now() };
    this.#tell(status);
    try {
      const workers = await this.#replaceAll(generation, allowDroppedListeners);
      this.counts.done += 1;
      this.#tell({ ...status, state: 'done', endedAt: Date.now() });
      return { workers, generation };
    } catch (error) {
      if (this.#subject.isStopping) throw error; // no fault of the new version's
      this.counts.failed += 1;
      this.#tell({ ...status, state: 'failed', endedAt: Date.now(), message: (error as Error).message });
      throw error;
    }
  }

  async #replaceAll(generation: number, allowDroppedListeners: boolean): Promise<number> {
    const { slots, releases } = this.#subject;
    let replaced = 0;
    try {
      await releases.reload(generation, (release) =>
        rolling(slots, this.#concurrency, async (slot) => {
          this.#checkNotStopped();
          await slot.replace({ generation, release }, { reason: 'reload', allowDroppedListeners });
          replaced += 1;
        }),
      );
    } catch (error) {
      this.#checkNotStopped();
      throw new BatonError('BATON_RELOAD_FAILED', [replaced, slots.length, (error as Error).message], error);
    }
    this.#checkNotStopped();
    return replaced;
  }

  #tell(status: ReloadStatus): void {
    this.#last = status;
    this.#subject.onReload(status);
  }

  #checkNotStopped(): void {
    if (this.#subject.isStopping) throw new BatonError('BATON_STOPPED', []);
  }
}
