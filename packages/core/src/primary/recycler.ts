import { BatonError } from '../errors.js';
import type { RestartReason, WorkerInfo } from '../metrics/snapshot.js';
import type { ResolvedOptions } from '../options.js';
import { doubled } from './backoff.js';
import { beyondLimit, beyondLimitAtOnce, type Excess } from './recycle-limits.js';
import type { Supervisor } from './supervisor.js';
import type { WorkerHandle } from './worker-handle.js';

/** No event tells of a process that has grown. */
const intervalMs = 1_000;

/** A worker whose successor failed is left alone for so long; so is one that would be replaced in vain. */
const retryAfterMs = 60_000;

/** The longest that one is left alone where its predecessors would have been, too. */
const longestPauseMs = 3_600_000;

type OnRecycled = (worker: WorkerInfo, reason: RestartReason, error: Error | undefined) => void;

/** What is known of a worker. */
interface Watched {
  /** How often it was looked at. */
  looks: number;
  /** Whether it was left alone for so long that it may be replaced, even if the next one will be no better. */
  hasWaited: boolean;
}

/**
 * Has workers replaced that have grown too large, or too old: never two at once, since the supervisor does one thing at a time. Where
 * fresh workers are beyond a limit, so that replacing them does not help, it says so once, and replaces them ever more seldom.
 */
export class Recycler {
  readonly #options: ResolvedOptions;
  readonly #supervisor: Supervisor;
  readonly #onRecycled: OnRecycled;
  /** Workers in hand, and those left alone. */
  readonly #busy = new Set<WorkerHandle>();
  readonly #watched = new WeakMap<WorkerHandle, Watched>();
  /** How many workers of a slot in a row were fresh when they were beyond a limit. */
  readonly #inVain = new Map<number, number>();
  /** Of which slot it was told that fresh workers are beyond a limit. */
  readonly #told = new Map<RestartReason, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ResolvedOptions, supervisor: Supervisor, onRecycled: OnRecycled) {
    this.#options = options;
    this.#supervisor = supervisor;
    this.#onRecycled = onRecycled;
  }

  start(): void {
    const { maxMemoryBytes, maxAgeMs } = this.#options;
    if (maxMemoryBytes === undefined && maxAgeMs === undefined) return;
    this.#timer = setInterval(() => this.#look(), intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const { current } of this.#supervisor.slots) {
      if (current?.state !== 'ready' || this.#busy.has(current)) continue;
      const watched = this.#watched.get(current) ?? { looks: 0, hasWaited: false };
      this.#watched.set(current, watched);
      const excess = beyondLimit(current, this.#options);
      const inVain = watched.hasWaited ? undefined : this.#inVainFor(current, watched, excess);
      if (inVain) this.#leaveAlone(current, watched, inVain);
      else if (excess) void this.#recycle(current, excess.reason);
      else if (!this.#isFresh(watched)) this.#forget(current.slot);
      watched.looks += 1;
    }
  }

  #isFresh({ looks }: Watched): boolean {
    return looks * intervalMs < this.#options.minUptimeMs;
  }

  /** The limit that the next worker of the slot would be beyond as soon as this one, as far as can be known. */
  #inVainFor(worker: WorkerHandle, watched: Watched, excess: Excess | undefined): Excess | undefined {
    if (excess === undefined) return undefined;
    const { slot } = worker;
    // It may have come up right after the last look.
    const atOnce = watched.looks === 0 ? beyondLimitAtOnce(worker, this.#options, intervalMs) : undefined;
    if (atOnce) return atOnce;
    if (excess.reason === 'maxAge' || !this.#isFresh(watched)) {
      this.#forget(slot);
      return undefined;
    }
    // It has grown at once: the first time that may have been for what it was asked.
    const isFirst = !this.#inVain.has(slot);
    if (isFirst) this.#inVain.set(slot, 0);
    return isFirst ? undefined : excess;
  }

  #leaveAlone(worker: WorkerHandle, watched: Watched, { reason, found, limit, remedy }: Excess): void {
    const { slot } = worker;
    const times = this.#inVain.get(slot) ?? 0;
    this.#inVain.set(slot, times + 1);
    watched.hasWaited = true;
    this.#pause(worker, doubled(retryAfterMs, times, longestPauseMs));
    if (this.#told.has(reason)) return;
    this.#told.set(reason, slot);
    const error = new BatonError('BATON_LIMIT_TOO_LOW', [slot, found, limit, remedy]);
    this.#onRecycled(worker.info(0), reason, error);
  }

  /** A worker of the slot was within the limits. */
  #forget(slot: number): void {
    this.#inVain.delete(slot);
    for (const [reason, told] of this.#told) if (told === slot) this.#told.delete(reason);
  }

  #pause(worker: WorkerHandle, pauseMs: number): void {
    this.#busy.add(worker);
    setTimeout(() => this.#busy.delete(worker), pauseMs).unref();
  }

  async #recycle(worker: WorkerHandle, reason: RestartReason): Promise<void> {
    this.#busy.add(worker);
    const info = worker.info(0);
    try {
      if (await this.#supervisor.recycle(worker, reason)) this.#onRecycled(info, reason, undefined);
      this.#busy.delete(worker);
    } catch (error) {
      if (this.#supervisor.isStopping) return;
      this.#onRecycled(info, reason, error as Error);
      this.#pause(worker, retryAfterMs);
    }
  }
}
