import type { WorkerHandle } from './worker-handle.js';

type User = Pick<WorkerHandle, 'id' | 'slot' | 'isOnProbation'>;

/** What one worker has to do with a listener. */
interface Use {
  readonly slot: number;
  readonly isForRequest: boolean;
  /** `asked`: it does not listen yet. `opened`: it has since its start, and so will the next of its slot. `serves`: for a while. */
  state: 'asked' | 'opened' | 'serves';
}

/**
 * Who uses one listener: the workers that have asked for it, and the slots whose worker had it when it crashed. A worker *serves*
 * it when its server listens, and the app has heard of that.
 */
export class ListenerUsers {
  readonly #uses = new Map<number, Use>();
  /** Of slots whose worker had it when it crashed: whether the next is to serve it, too. */
  readonly #orphans = new Map<number, boolean>();

  /** The worker asks for it. `isForRequest`: to answer a request. */
  add({ id, slot }: Pick<User, 'id' | 'slot'>, isForRequest: boolean): void {
    this.#uses.set(id, { slot, isForRequest, state: 'asked' });
  }

  /** The worker serves it now; `isAtStart`, as one that has just been started. False: it has not asked for it, or has closed it. */
  serve({ id, slot, isOnProbation }: User, isAtStart: boolean): boolean {
    const use = this.#uses.get(id);
    if (use === undefined) return false;
    if (use.state === 'asked') use.state = isAtStart && !use.isForRequest ? 'opened' : 'serves';
    // One on probation may fail; then the slot's own worker still has to come back.
    if (!isOnProbation) this.#orphans.delete(slot);
    return true;
  }

  /** The worker has closed it, or is gone. False: it did not use it. */
  remove({ id }: Pick<User, 'id'>): boolean {
    return this.#uses.delete(id);
  }

  /** The worker has crashed with it, and another is to come. False: it did not use it. */
  orphan({ id, slot }: Pick<User, 'id' | 'slot'>): boolean {
    const use = this.#uses.get(id);
    if (use === undefined) return false;
    this.#uses.delete(id);
    this.#orphans.set(slot, use.state === 'opened' || this.#orphans.get(slot) === true);
    return true;
  }

  /** What a crashed worker has left to the slot, no other is to come for. False: there was nothing. */
  dropOrphan(slot: number): boolean {
    return this.#orphans.delete(slot);
  }

  get isEmpty(): boolean {
    return this.#uses.size === 0 && this.#orphans.size === 0;
  }

  /** Whether a worker of the slot uses it, or is to. */
  includes(slot: number): boolean {
    return this.#orphans.has(slot) || [...this.#uses.values()].some((use) => use.slot === slot);
  }

  isServedBy(id: number): boolean {
    const { state = 'asked' } = this.#uses.get(id) ?? {};
    return state !== 'asked';
  }

  has(id: number): boolean {
    return this.#uses.has(id);
  }

  /** Whether whoever takes the slot over from this worker has to serve it, for clients not to miss it. */
  isExpectedOf(slot: number, worker: number | undefined): boolean {
    const isOpened = worker !== undefined && this.#uses.get(worker)?.state === 'opened';
    return isOpened || this.#orphans.get(slot) === true;
  }
}
